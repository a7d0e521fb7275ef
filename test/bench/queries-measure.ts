// How long a question takes: for who asks the API, for the engine alone with the statements that the API sent, and for the
// engine with the naive query. The engine's CPU is the figure that holds on a machine that is shared.

import { readFileSync } from 'node:fs'
import { type ClickHouseClient, createClient } from '@clickhouse/client'
import { loadPriceBook } from '#platform/price-book-file.ts'
import type { Parameters, StatementOptions, Warehouse } from '#ports/warehouse.ts'
import { createApi } from '../../services/api/app.ts'
import { silentLog, testRegistry } from '../support/silent.ts'
import type { Question } from './queries-cases.ts'
import type { World } from './queries-world.ts'

export interface Timing {
  /** ms */
  readonly p50: number
  readonly p95: number
  /** Of the engine for one repetition, ms; what else it did meanwhile is in it. */
  readonly cpu: number
}

export interface Asked {
  readonly question: Question
  readonly api: Timing
  /** Of the statements of one request, added up. */
  readonly engine: Timing
  readonly naive?: Timing
}

/** CPU seconds that a process used so far; proc(5), fields 14 and 15, in hundredths. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/** Calls `work` once for nothing and then `times` times; it resolves with the ms that count, or undefined for all it took. */
export async function timed(
  pid: number,
  times: number,
  work: (i: number) => Promise<number | undefined>,
): Promise<Timing> {
  await work(0)
  const took: number[] = []
  const cpu = cpuSeconds(pid)
  for (let i = 1; i <= times; i++) {
    const began = performance.now()
    const counted = await work(i)
    took.push(counted ?? performance.now() - began)
  }
  const used = cpuSeconds(pid) - cpu
  took.sort((a, b) => a - b)
  return { p50: percentile(took, 0.5), p95: percentile(took, 0.95), cpu: (used * 1_000) / times }
}

interface Statement {
  readonly sql: string
  readonly params: Parameters
}

export interface Asker {
  ask(question: Question, times: { readonly api: number; readonly naive: number }): Promise<Asked>
  stop(): Promise<void>
}

/** The API as a service of its own has it, on a port of its own, in front of a reader that takes notes. */
export async function startAsking(world: World): Promise<Asker> {
  const notes: Statement[] = []
  const reader = world.warehouse('reader')
  const noting: Warehouse = {
    ...reader,
    query<Row extends object>(sql: string, options?: StatementOptions) {
      notes.push({ sql, params: options?.params ?? {} })
      return reader.query<Row>(sql, options)
    },
  }
  const book = await loadPriceBook()
  const api = createApi({
    host: '127.0.0.1',
    port: 0,
    warehouse: noting,
    clock: { now: () => world.now },
    books: { current: () => ({ book, shippedHash: book.hash, overlayHash: '' }) },
    defaultZone: 'UTC',
    log: silentLog(),
    metrics: testRegistry(),
  })
  const client = createClient({
    url: world.url,
    username: 'reader',
    password: world.passwords.reader,
    database: 'spendledger',
  })
  await api.start()

  async function request(path: string): Promise<undefined> {
    const answer = await fetch(api.url() + path)
    const text = await answer.text()
    // Of ids that are asked for, some are not there.
    if (answer.status !== 200 && answer.status !== 404) throw new Error(`${path}: ${answer.status} ${text}`)
  }

  return {
    async ask(question, times) {
      const sent = new Map<number, Statement[]>()
      const overHttp = await timed(world.pid, times.api, async i => {
        notes.length = 0
        await request(question.path(i))
        sent.set(i, [...notes])
        return undefined
      })
      const engine = await timed(world.pid, times.api, i => engineTime(client, sent.get(i) ?? []))
      const { naive } = question
      if (!naive || times.naive === 0) return { question, api: overHttp, engine }
      return {
        question,
        api: overHttp,
        engine,
        naive: await timed(world.pid, times.naive, i => engineTime(client, [{ sql: naive(i), params: {} }])),
      }
    },
    async stop() {
      await api.stop()
      await client.close()
    },
  }
}

/** What the engine says that the statements took, ms, one after the other. */
async function engineTime(client: ClickHouseClient, statements: readonly Statement[]): Promise<number> {
  let ms = 0
  for (const { sql, params } of statements) {
    const result = await client.query({
      query: sql,
      format: 'JSON',
      query_params: { ...params },
      clickhouse_settings: { use_query_condition_cache: 0 },
    })
    const { statistics } = await result.json()
    ms += (statistics?.elapsed ?? 0) * 1_000
  }
  return ms
}
