// Events and small price books for tests: everything is at its default except what a test names.

import assert from 'node:assert/strict'
import { normaliseEvent } from '#core/normalise/index.ts'
import type { NormalisedEvent } from '#core/normalise/types.ts'
import { type EventCost, priceEvent } from '#core/price.ts'
import { compileBook, type PriceBook } from '#core/price-book.ts'
import type { PriceBookJson, RuleJson } from '#core/price-book-json.ts'
import { noTokens, type Tokens } from '#core/tokens.ts'
import { EVENT_FIELDS, type UsageEvent } from '#core/usage-event.ts'

const EMPTY: Record<string, unknown> = {
  string: '',
  json_text: '',
  decimal: '',
  count: 0,
  time: Date.parse('2026-11-24T12:00:00Z'),
  flag: false,
  optional_flag: null,
  optional_count: null,
  status: 'ok',
  usage_source: 'none',
  capacity: 'on_demand',
}

export type EventParts = Partial<Omit<UsageEvent, 'tokens'>> & { readonly tokens?: Partial<Tokens> }

export function usageEvent({ tokens, ...parts }: EventParts = {}): UsageEvent {
  const fields = Object.entries(EVENT_FIELDS).map(([field, kind]) => [
    field,
    kind in EMPTY ? EMPTY[kind] : {},
  ])
  return { ...(Object.fromEntries(fields) as UsageEvent), ...parts, tokens: { ...noTokens(), ...tokens } }
}

/** An event with a provider's usage object. */
export const withUsage = (usage: unknown, parts: EventParts = {}): UsageEvent =>
  usageEvent({ raw_usage: JSON.stringify(usage), ...parts })

export function normalised(event: UsageEvent): NormalisedEvent {
  const outcome = normaliseEvent(event)
  assert.equal(outcome.kind, 'ok', JSON.stringify(outcome))
  return (outcome as Extract<typeof outcome, { kind: 'ok' }>).value
}

export const priced = (event: UsageEvent, book: PriceBook): EventCost => priceEvent(normalised(event), book)

export const RULE: RuleJson = {
  id: 'acme/m/2026',
  provider: 'acme',
  model: 'm',
  effective: { from: '2026-01-01T00:00:00Z', to: null },
  variants: [{ id: 'standard', rates: { input: '5/Mtok', output: '25/Mtok' } }],
}

/** A book of one model `m` of provider `acme`; a test replaces what it is about. */
export function bookJson(
  rules: readonly Partial<RuleJson>[],
  parts: Partial<PriceBookJson> = {},
): PriceBookJson {
  return {
    $schema: 'price-book/v1',
    book: { id: 'test', version: '1', currency: 'USD' },
    models: [{ provider: 'acme', id: 'm', match: { exact: ['m'] } }],
    rules: rules.map((rule, i) => ({ ...RULE, id: `rule-${i}`, ...rule })),
    bucket_fallback: { reasoning: 'output' },
    ...parts,
  }
}

export function compiled(json: unknown): PriceBook {
  const result = compileBook(json)
  assert.deepEqual(result.kind === 'complaints' ? result.complaints : [], [])
  return (result as Extract<typeof result, { kind: 'ok' }>).book
}

export function complaintsOf(json: unknown): readonly string[] {
  const result = compileBook(json)
  return result.kind === 'complaints' ? result.complaints : []
}
