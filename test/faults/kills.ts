// kill -9 of the parent alone, of the engine alone and of both, at named points and at random, while clients send with
// retries: what was answered with 202 is counted, once, and every next start succeeds by itself.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FAILPOINTS } from '#platform/failpoint.ts'
import { seeded } from '../aggregator/worlds.ts'
import { eventually, type Ledger, startLedger } from '../support/ledger-process.ts'
import { judge, post, startClients } from './oracle.ts'
import type { Scenario } from './scenario.ts'

const RANDOM_KILLS = 10
const CLIENTS = 4
const EVENTS_PER_POST = 5

type Victim = 'parent' | 'engine' | 'both'
const VICTIMS: readonly Victim[] = ['parent', 'engine', 'both']

/** The engine is the ledger's one child that goes on in a group of its own. */
function enginePid(ledger: Ledger): number {
  const pid = ledger.process.pid
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  const engine = children.find(child => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('child.ts'))
  assert.ok(engine, `no engine among the children ${children.join(', ')}`)
  return Number(engine)
}

export const kills: Scenario = {
  name: 'kills',
  promise:
    'kill -9 anywhere: nothing acknowledged is missing, nothing is counted twice, the next start succeeds by itself',
  async run({ seed, scale, say }) {
    const dataDir = await mkdtemp(join(tmpdir(), 'spendledger-kills-'))
    const endings: (() => unknown)[] = []
    const t = { after: (ending: () => unknown) => void endings.push(ending) }
    const random = seeded(seed)
    const starts: number[] = []
    try {
      const start = async (settings: NodeJS.ProcessEnv = {}) => {
        const ledger = await startLedger(t, dataDir, settings)
        starts.push(ledger.startedInMs)
        return ledger
      }
      let ledger = await start({ FAILPOINT: `${FAILPOINTS[0]}:20` })
      const clients = startClients({
        prefix: 'kill',
        clients: CLIENTS,
        eventsPerSend: EVENTS_PER_POST,
        send: events => post(ledger.url, events),
      })

      for (const [index, point] of FAILPOINTS.entries()) {
        if (index > 0) ledger = await start({ FAILPOINT: `${point}:3` })
        await died(ledger, `at ${point}`)
        say(`killed itself at ${point}`)
      }
      ledger = await start()
      for (let i = 0; i < Math.max(1, Math.round(RANDOM_KILLS * scale)); i++) {
        await sleep(300 + random() * 2_500)
        ledger = await killOnce(ledger, VICTIMS[i % VICTIMS.length] ?? 'both', start)
        say(`killed ${VICTIMS[i % VICTIMS.length]}`)
      }
      await sleep(1_000)
      await clients.stop()
      const users = { reader: await ledger.connect('reader'), aggregator: await ledger.connect('aggregator') }
      const figures = await judge(users, clients.acknowledged)
      assert.equal(await ledger.stop(), 0)
      return {
        kills: FAILPOINTS.length + Math.max(1, Math.round(RANDOM_KILLS * scale)),
        repeats_by_clients: clients.repeats(),
        slowest_start_s: Number((Math.max(...starts) / 1000).toFixed(1)),
        ...figures,
      }
    } finally {
      for (const end of endings.reverse()) await end()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    }
  },
}

const died = (ledger: Ledger, where: string): Promise<unknown> =>
  eventually(
    `an end ${where}`,
    async () => ledger.process.signalCode,
    signal => signal === 'SIGKILL',
    60_000,
  )

async function killOnce(ledger: Ledger, victim: Victim, start: () => Promise<Ledger>): Promise<Ledger> {
  if (victim !== 'parent') process.kill(enginePid(ledger), 'SIGKILL')
  if (victim === 'engine') {
    // The parent goes on and brings it back.
    await eventually(
      'a new engine',
      async () => (await fetch(`${ledger.url}/readyz`)).status,
      status => status === 200,
      30_000,
    )
    return ledger
  }
  await ledger.kill()
  return start()
}
