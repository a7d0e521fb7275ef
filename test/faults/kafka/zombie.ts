// A consumer that is stopped past its session, while another takes over its partitions, and then goes on where it was.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { kafkaClient } from '../../support/kafka.ts'
import { eventually } from '../../support/ledger-process.ts'
import { judge, startClients } from '../oracle.ts'
import type { Scenario } from '../scenario.ts'
import { inArena, judges } from './arena.ts'

const ROUNDS = 2

/** Longer than a session; ms. */
const STOPPED_MS = 25_000

export const zombie: Scenario = {
  name: 'zombie',
  promise: 'SIGSTOP past the session, takeover, SIGCONT: counts exact, the zombie rejoins',
  run: ({ scale, say }) =>
    inArena({ collectors: 0, consumers: 2, apis: 0 }, async ({ cluster, publish }) => {
      const clients = startClients({ prefix: 'z', clients: 3, eventsPerSend: 50, pauseMs: 10, send: publish })
      const consumers = cluster.services.filter(({ name }) => name.startsWith('consumer'))
      for (let i = 0; i < Math.max(1, Math.round(ROUNDS * scale)); i++) {
        await sleep(4_000)
        const victim = consumers[i % consumers.length]
        victim?.signal('SIGSTOP')
        say(`stopped ${victim?.name}`)
        await sleep(STOPPED_MS)
        victim?.signal('SIGCONT')
        say('let it go on')
        await eventually(
          'two members again',
          () => members(cluster.group),
          n => n === 2,
          60_000,
        )
      }
      await clients.stop()
      for (const consumer of consumers) assert.equal((await fetch(`${consumer.url}/readyz`)).status, 200)
      return { ...(await judge(judges(cluster), clients.acknowledged)) }
    }),
}

/** Members of a group that have partitions. */
async function members(group: string): Promise<number> {
  const admin = kafkaClient().admin()
  await admin.connect()
  const { groups } = await admin.describeGroups([group])
  await admin.disconnect()
  return groups[0]?.state === 'Stable' ? groups[0].members.length : 0
}
