// Two aggregators of which one works; it is killed, and the other must work soon.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterService } from '../../support/cluster.ts'
import { eventually } from '../../support/ledger-process.ts'
import { judge, startClients } from '../oracle.ts'
import type { Scenario } from '../scenario.ts'
import { inArena, judges } from './arena.ts'

const ROUNDS = 3

export const leaders: Scenario = {
  name: 'leaders',
  promise: 'the leading aggregator is killed: totals exact, the other works within 30 s',
  run: ({ scale, say }) =>
    inArena({ collectors: 0, consumers: 1, aggregators: 2, apis: 0 }, async ({ cluster, publish }) => {
      const clients = startClients({
        prefix: 'l',
        clients: 1,
        eventsPerSend: 10,
        pauseMs: 100,
        send: publish,
      })
      const aggregators = cluster.services.filter(({ name }) => name.startsWith('aggregator'))
      const takeovers: number[] = []
      for (let i = 0; i < Math.max(1, Math.round(ROUNDS * scale)); i++) {
        const leader = await theLeader(aggregators)
        await sleep(5_000)
        const began = performance.now()
        await leader.kill()
        aggregators.splice(aggregators.indexOf(leader), 1)
        const next = await theLeader(aggregators)
        await worksAfter(cluster.warehouse('aggregator'), Date.now())
        takeovers.push((performance.now() - began) / 1000)
        say(`${leader.name} killed, ${next.name} works after ${takeovers.at(-1)?.toFixed(1)} s`)
        aggregators.push(await cluster.start('aggregator'))
      }
      await clients.stop()
      const slowest = Math.max(...takeovers)
      assert.ok(slowest < 30, `a takeover took ${slowest} s`)
      const figures = await judge(judges(cluster), clients.acknowledged)
      return { takeovers: takeovers.length, slowest_takeover_s: Number(slowest.toFixed(1)), ...figures }
    }),
}

async function leads(service: ClusterService): Promise<boolean> {
  const metrics = await (await fetch(`${service.url}/metrics`)).text()
  return /^spendledger_leader\{[^}]*\} 1$/m.test(metrics)
}

/** Waits until exactly one leads. */
async function theLeader(aggregators: readonly ClusterService[]): Promise<ClusterService> {
  const leading = async () => {
    const all = await Promise.all(aggregators.map(async one => ((await leads(one)) ? [one] : [])))
    return all.flat()
  }
  const [leader] = await eventually('one leader', leading, found => found.length === 1, 60_000)
  assert.ok(leader)
  return leader
}

/** Waits for a recompute that finished after an instant. */
const worksAfter = (
  warehouse: { query<Row extends object>(sql: string, options?: object): Promise<Row[]> },
  instant: number,
): Promise<unknown> =>
  eventually(
    'a recompute',
    () =>
      warehouse.query<{ n: string }>(
        'SELECT count() AS n FROM rollup_runs WHERE finished_at >= fromUnixTimestamp64Milli({at:Int64})',
        { params: { at: instant } },
      ),
    ([row]) => Number(row?.n) > 0,
    60_000,
  )
