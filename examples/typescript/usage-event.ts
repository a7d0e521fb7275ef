// From what a service knows about a model call to the bytes of a usage event. Copy this file and schemas/avro into your
// service. Identity, time and buckets are made here, before the first send: a retry that makes them anew would be counted
// as another call.

import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import avsc, { type Schema } from 'avsc'

/** A call, or an event, in the JSON form of docs/event.md. */
export type Call = Record<string, unknown>

export interface UsageEvent extends Call {
  readonly event_id: string
  /** When the request started, ms since 1970. */
  readonly occurred_at: number
}

const SCHEMAS = new URL('../../schemas/avro/', import.meta.url)
const readJson = (file: string): unknown => JSON.parse(readFileSync(new URL(file, SCHEMAS), 'utf8'))
const ids = readJson('ids.json') as Record<string, string>
const newest = Math.max(...Object.keys(ids).map(Number))
const type = avsc.Type.forSchema(readJson(ids[newest] ?? '') as Schema)

// Confluent framing is a zero byte and the schema's id: five constant bytes, no registry needed.
const header = Buffer.alloc(5)
header.writeUInt32BE(newest, 1)

/** @throws TypeError on what must not be guessed */
export function toEvent(call: Call, raw: boolean): UsageEvent {
  const { usage, ...given } = Object.fromEntries(Object.entries(call).filter(([, value]) => value !== null))
  const { provider, event_id, response_id, occurred_at, units, reported_cost } = given
  if (typeof provider !== 'string') throw new TypeError('provider is missing')
  const time = toMs(occurred_at)
  const tokens = usage && !raw ? readUsage(provider, usage) : undefined
  return {
    // Without this an explicit zero would read as "nobody counted".
    ...((usage ?? given['tokens'] ?? units) ? { usage_source: 'provider' } : {}),
    ...given,
    event_id: typeof event_id === 'string' ? event_id : makeEventId(provider, response_id, time),
    occurred_at: time,
    ...(tokens ? { tokens } : {}),
    // Kept as it came. usage_format goes along where the object is not in the provider's own shape.
    ...(usage && !tokens ? { raw_usage: JSON.stringify(usage) } : {}),
    // What may be billed by fractions is decimal text: no program on the way can round it.
    ...(units
      ? { units: Object.fromEntries(Object.entries(units).map(([unit, n]) => [unit, String(n)])) }
      : {}),
    ...(reported_cost === undefined ? {} : { reported_cost: String(reported_cost) }),
  }
}

/** @throws TypeError when a value does not have the schema's type, or a field is misspelt, which avsc would leave out */
export function encode(event: UsageEvent, framing: string): Buffer {
  type.isValid(event, { noUndeclaredFields: true, errorHook: refuse })
  // Fields that are absent get the schema's defaults. JSON is the slow lane; the schema has checked it all the same.
  return framing === 'json'
    ? Buffer.from(JSON.stringify(event))
    : Buffer.concat([header, type.toBuffer(event)])
}

function refuse(path: string[], value: unknown): never {
  throw new TypeError(`${path.join('.') || 'a field'} is not as the schema has it: ${JSON.stringify(value)}`)
}

type Take = (path: string) => number

const READERS: Record<string, (take: Take) => Record<string, number>> = {
  // Cached tokens are inside the prompt, reasoning is inside the completion.
  openai: take => {
    const cache_read = take('prompt_tokens_details.cached_tokens')
    const reasoning = take('completion_tokens_details.reasoning_tokens')
    const [input, output] = [take('prompt_tokens') - cache_read, take('completion_tokens') - reasoning]
    return { input, cache_read, output, reasoning }
  },
  // Everything lies beside everything else.
  anthropic: take => ({
    input: take('input_tokens'),
    cache_read: take('cache_read_input_tokens'),
    output: take('output_tokens'),
  }),
  // Cached tokens are inside the prompt, thoughts beside the candidates.
  google: take => {
    const cache_read = take('cachedContentTokenCount')
    const [output, reasoning] = [take('candidatesTokenCount'), take('thoughtsTokenCount')]
    return { input: take('promptTokenCount') - cache_read, cache_read, output, reasoning }
  },
}

/** Disjoint buckets, each token in exactly one; undefined if any count is not understood: then the ledger reads it. */
function readUsage(provider: string, usage: unknown): Record<string, number> | undefined {
  const counts = new Map(flatten(usage))
  const tokens = READERS[provider]?.(path => {
    const count = counts.has(path) ? counts.get(path) : 0
    counts.delete(path)
    return typeof count === 'number' ? count : Number.NaN // a null read as 0 would be a free call
  })
  const buckets = Object.values(tokens ?? {})
  const sum = buckets.reduce((total, count) => total + count, 0)
  const rest = [...counts].filter(([path, n]) => n && !(/^total_?token/i.test(path) && n === sum))
  return sum > 0 && rest.length === 0 && buckets.every(n => Number.isSafeInteger(n) && n >= 0)
    ? tokens
    : undefined
}

const flatten = (value: unknown, path: string[] = []): [string, unknown][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => flatten(inner, [...path, name]))
    : [[path.join('.'), value]]

/** By the provider's response id, so that a gateway that saw the same call makes the same id; else a UUIDv7. */
function makeEventId(provider: string, responseId: unknown, ms: number): string {
  const id = `r:${provider}:${responseId}`
  if (responseId)
    return Buffer.byteLength(id) <= 128 ? id : `r:sha256:${createHash('sha256').update(id).digest('hex')}`
  const bytes = randomBytes(16)
  bytes.writeUIntBE(ms, 0, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** A time without its zone throws: guessing one moves spend by hours. So does 30 February, of which Date makes 2 March. */
function toMs(time: unknown): number {
  const [, day] = /^(\d{4}-\d\d-\d\d)T.*(?:Z|[+-]\d\d:?\d\d)$/i.exec(String(time)) ?? []
  const ms = day === undefined ? time : Date.parse(String(time))
  const exists = day === undefined || new Date(`${day}T00:00Z`).toISOString().startsWith(day)
  if (typeof ms !== 'number' || !Number.isInteger(ms) || !exists)
    throw new TypeError(`occurred_at cannot be ${time}`)
  return ms
}
