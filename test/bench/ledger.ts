// The whole ledger as users run it: how long it takes to start, what it takes in memory, how many events a second go from
// HTTP to SQL, and how soon an event is seen.

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Warehouse } from '#ports/warehouse.ts'
import { eventually, type Ledger, scratchDirectory, startLedger } from '../support/ledger-process.ts'
import { type Bench, type Measurement, seconds } from './bench.ts'

const EVENTS = 200_000
const PER_POST = 500
const CLIENTS = 4
const PROBES = 10

interface Processes {
  readonly parent: number
  readonly engine: number
}

function processesOf(ledger: Ledger): Processes {
  const parent = ledger.process.pid ?? 0
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ')
  const engine = children.find(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('child.ts'))
  return { parent, engine: Number(engine) }
}

/** MB */
function residentMemory(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Math.round(Number(line?.[1] ?? 0) / 1024)
}

/** CPU seconds used so far; proc(5), fields 14 and 15, in hundredths. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const post = async (url: string, events: readonly object[]): Promise<void> => {
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  })
  if (answer.status !== 202) throw new Error(`answered ${answer.status}: ${await answer.text()}`)
  await answer.arrayBuffer()
}

const eventOf = (id: string, i: number): object => ({
  event_id: id,
  occurred_at: new Date(Date.now() - (i % 3_600) * 1_000).toISOString(),
  provider: 'openai',
  request_model: 'gpt-5.4',
  usage: {
    prompt_tokens: 1_200 + (i % 500),
    completion_tokens: 90,
    prompt_tokens_details: { cached_tokens: 800 },
  },
  feature: `feature-${i % 12}`,
  user_id: `user-${i % 5_000}`,
  tenant_id: `tenant-${i % 300}`,
  environment: 'prod',
})

export const ledger: Bench = {
  name: 'ledger',
  what: 'the whole ledger: start, memory, events a second from HTTP to SQL, time until an event is seen',
  async run() {
    const endings: (() => unknown)[] = []
    const t = { after: (ending: () => unknown) => void endings.push(ending) }
    try {
      const dataDir = await scratchDirectory(t)
      const first = await startLedger(t, dataDir)
      await first.stop()
      const running = await startLedger(t, dataDir)
      const reader = await running.connect('reader')
      const results: Measurement[] = [
        { name: 'first start', value: Math.round(first.startedInMs), unit: 'ms' },
        { name: 'warm start', value: Math.round(running.startedInMs), unit: 'ms' },
        ...(await idle(running)),
        ...(await throughput(running, reader)),
        ...(await delays(running, reader)),
      ]
      await running.stop()
      return results
    } finally {
      for (const end of endings.reverse()) await end()
    }
  },
}

async function idle(running: Ledger): Promise<Measurement[]> {
  const { parent, engine } = processesOf(running)
  await sleep(3_000)
  const before = { parent: cpuSeconds(parent), engine: cpuSeconds(engine) }
  await sleep(10_000)
  const percent = (pid: number, since: number) => Number(((cpuSeconds(pid) - since) * 10).toFixed(1))
  return [
    { name: 'idle memory, services', value: residentMemory(parent), unit: 'MB' },
    { name: 'idle memory, engine', value: residentMemory(engine), unit: 'MB' },
    { name: 'idle CPU, services', value: percent(parent, before.parent), unit: '% of a core' },
    { name: 'idle CPU, engine', value: percent(engine, before.engine), unit: '% of a core' },
  ]
}

async function throughput(running: Ledger, reader: Warehouse): Promise<Measurement[]> {
  const { parent, engine } = processesOf(running)
  const began = performance.now()
  let next = 0
  let peak = { parent: 0, engine: 0 }
  const client = async () => {
    while (next < EVENTS) {
      const from = next
      next += PER_POST
      await post(
        running.url,
        Array.from({ length: PER_POST }, (_, i) => eventOf(`bench-${from + i}`, from + i)),
      )
      peak = {
        parent: Math.max(peak.parent, residentMemory(parent)),
        engine: Math.max(peak.engine, residentMemory(engine)),
      }
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  const accepted = seconds(began)
  await eventually(
    'all events in SQL',
    () => reader.query<{ n: string }>('SELECT count() AS n FROM v_events'),
    ([row]) => Number(row?.n) >= EVENTS,
    120_000,
  )
  const stored = seconds(began)
  await eventually(
    'all events in the rollups',
    () => reader.query<{ n: string }>('SELECT sum(calls) AS n FROM v_costs_15m'),
    ([row]) => Number(row?.n) >= EVENTS,
    120_000,
  )
  return [
    { name: 'accepted over HTTP', value: Math.round(EVENTS / accepted), unit: 'events/s' },
    { name: 'HTTP to SQL', value: Math.round(EVENTS / stored), unit: 'events/s' },
    { name: 'after the last 202, in SQL', value: Number((stored - accepted).toFixed(1)), unit: 's' },
    {
      name: 'after the last 202, in rollups',
      value: Number((seconds(began) - accepted).toFixed(1)),
      unit: 's',
    },
    { name: 'peak memory, services', value: peak.parent, unit: 'MB' },
    { name: 'peak memory, engine', value: peak.engine, unit: 'MB' },
  ]
}

/** Single events, one after the other. */
async function delays(running: Ledger, reader: Warehouse): Promise<Measurement[]> {
  const inSql: number[] = []
  const inRollups: number[] = []
  await sleep(12_000)
  for (let i = 0; i < PROBES; i++) {
    const feature = `probe-${i}`
    await post(running.url, [{ ...eventOf(`probe-${i}`, 0), feature }])
    const began = performance.now()
    const seen = (view: string, calls: string) => async () => {
      const rows = await reader.query<{ n: string }>(
        `SELECT toString(${calls}) AS n FROM ${view} WHERE feature = {feature:String}`,
        { params: { feature } },
      )
      return rows[0]?.n ?? '0'
    }
    await eventually('the event', seen('v_events', 'count()'), n => n !== '0')
    inSql.push(seconds(began))
    await eventually('its rollup', seen('v_costs_15m', 'sum(calls)'), n => n !== '0')
    inRollups.push(seconds(began))
  }
  const worst = (values: number[]) => Number(Math.max(...values).toFixed(2))
  return [
    { name: 'an event is in SQL, worst of 10', value: worst(inSql), unit: 's' },
    { name: 'an event is in rollups, worst of 10', value: worst(inRollups), unit: 's' },
  ]
}
