// kill -9 of the parent alone, of the engine alone and of both, at named points and at random, while clients send with
// retries: what was answered with 202 is counted, once, and every next start succeeds by itself.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HOUR_MS, startOfHour } from '#core/hours.ts'
import { FAILPOINTS } from '#platform/failpoint.ts'
import { verify } from '../../services/aggregator/verify/verify.ts'
import { seeded } from '../aggregator/worlds.ts'
import { eventually, type Ledger, startLedger } from '../support/ledger-process.ts'
import type { Scenario } from './scenario.ts'

const RANDOM_KILLS = 10
const CLIENTS = 4
const EVENTS_PER_POST = 5

/** USD per million tokens of gpt-5.4, as the provider's price page has them: 2.50 in, 15.00 out. */
const PICOS_IN = 2_500_000n
const PICOS_OUT = 15_000_000n

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

/** Clients that send until told to stop, repeating each body until it is answered with 202. */
function startClients(url: () => string) {
  const acknowledged = new Map<string, bigint>()
  let serial = 0
  let repeats = 0
  let sending = true

  async function client(): Promise<void> {
    while (sending) {
      const events = Array.from({ length: EVENTS_PER_POST }, () => {
        serial += 1
        const tokens = { in: 100 + (serial % 900), out: 10 + (serial % 90) }
        return {
          cost: PICOS_IN * BigInt(tokens.in) + PICOS_OUT * BigInt(tokens.out),
          event: {
            event_id: `kill-${serial}`,
            occurred_at: new Date().toISOString(),
            provider: 'openai',
            request_model: 'gpt-5.4',
            usage: { prompt_tokens: tokens.in, completion_tokens: tokens.out },
            feature: `f${serial % 3}`,
          },
        }
      })
      const body = JSON.stringify(events.map(({ event }) => event))
      while (!(await post(url(), body))) {
        repeats += 1
        await sleep(100)
      }
      for (const { event, cost } of events) acknowledged.set(event.event_id, cost)
    }
  }

  const clients = Promise.all(Array.from({ length: CLIENTS }, client))
  return {
    acknowledged,
    repeats: () => repeats,
    async stop() {
      sending = false
      await clients
    },
  }
}

async function post(url: string, body: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(5_000),
    })
    await answer.arrayBuffer()
    return answer.status === 202
  } catch {
    return false
  }
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
      const clients = startClients(() => ledger.url)

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
      const figures = await judge(ledger, clients.acknowledged)
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

/** Compares what SQL says with what was acknowledged. */
async function judge(ledger: Ledger, acknowledged: ReadonlyMap<string, bigint>) {
  const reader = await ledger.connect('reader')
  const expected = `${acknowledged.size} calls, ${acknowledged.size} ids, ${[...acknowledged.values()].reduce((a, b) => a + b, 0n)} picos`
  const events = () =>
    total(`SELECT count() AS calls, uniqExact(event_id) AS ids, sum(cost_usd) AS cost FROM v_events`)
  const rollups = (view: string) =>
    total(`SELECT sum(v.calls) AS calls, calls AS ids, sum(v.cost_usd) AS cost FROM ${view} AS v`)
  async function total(sql: string): Promise<string> {
    const [row] = await reader.query<{ calls: string; ids: string; picos: string }>(
      `SELECT toString(calls) AS calls, toString(ids) AS ids, toString(toInt128(cost * 1000000000000)) AS picos FROM (${sql})`,
    )
    return `${row?.calls} calls, ${row?.ids} ids, ${row?.picos} picos`
  }
  const same = (seen: string) => seen === expected
  await eventually(`raw events: ${expected}`, events, same, 60_000)
  const rows = await reader.query<{ id: string }>('SELECT event_id AS id FROM v_events')
  const stored = new Set(rows.map(row => row.id))
  const missing = [...acknowledged.keys()].filter(id => !stored.has(id)).slice(0, 5)
  assert.deepEqual(missing, [])
  await eventually('the rollup by feature', () => rollups('v_costs_hourly'), same, 30_000)
  await eventually('the rollup by user', () => rollups('v_user_costs_hourly'), same, 30_000)
  const now = startOfHour(Date.now())
  const report = await verify({
    warehouse: await ledger.connect('aggregator'),
    from: now - 2 * HOUR_MS,
    to: now + HOUR_MS,
    patienceMs: 20_000,
  })
  assert.deepEqual(report.findings, [])
  return { acknowledged: acknowledged.size, total: expected }
}
