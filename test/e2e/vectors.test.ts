// Calls whose cost is known from bills, documentation and bug reports elsewhere, as a user sends them: the provider's usage object
// to POST /v1/quote, and through the whole path into SQL.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { DAY_MS, HOUR_MS } from '#core/hours.ts'
import { TOKEN_BUCKETS } from '#core/tokens.ts'
import { eventually, runCommand, scratchDirectory, startLedger } from '../support/ledger-process.ts'
import { type Vector, vectors } from '../support/pricing-vectors.ts'

const RETENTION_DAYS = 400

/** Its rates stand in a bug report, so they come as own prices. */
const OWN = vectors.filter(({ model }) => model === '(rates in the issue)')

const BUCKETS: ReadonlySet<string> = new Set(TOKEN_BUCKETS)

const overlay = {
  rules: OWN.map(({ id, provider, model, rates_usd = {} }) => ({
    id,
    provider,
    model,
    effective: { from: '2020-01-01T00:00:00Z', to: null },
    variants: [
      {
        id: 'standard',
        rates: Object.fromEntries(Object.entries(rates_usd).map(([name, usd]) => [name, `${usd}/Mtok`])),
      },
    ],
  })),
}

/** What vectors call otherwise than events. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  service_tier_served: 'service_tier',
  stop_reason: 'finish_reason',
}

/** Of how vectors tell what is no field of an event: it is in the usage object, or decides nothing. */
const ELSEWHERE: ReadonlySet<string> = new Set(['trafficType', 'beta', 'zone'])

function eventOf(vector: Vector, now: number): object {
  const { usage_shape: shape, usage, attributes = {} } = vector
  const own = Object.entries(attributes).filter(([name]) => !ELSEWHERE.has(name))
  const named = (wanted: boolean) =>
    Object.fromEntries(Object.entries(usage).filter(([name]) => BUCKETS.has(name) === wanted))
  return {
    event_id: vector.id,
    occurred_at: vector.timestamp ?? new Date(now - HOUR_MS).toISOString(),
    provider: vector.provider.replace(/\(.*/, ''),
    response_model: vector.model,
    ...Object.fromEntries(own.map(([name, value]) => [ATTRIBUTES[name] ?? name, value])),
    ...(shape === 'buckets' ? { tokens: named(true), units: named(false) } : { usage }),
    ...(shape === 'otel' ? { usage_format: 'otel' } : {}),
  }
}

it('every known cost is exact in a quote and, as far as it is kept, in SQL', {
  timeout: 120_000,
}, async t => {
  const now = Date.now()
  const dataDir = await scratchDirectory(t)
  const prices = join(dataDir, 'prices.json')
  await writeFile(prices, JSON.stringify(overlay))
  const ledger = await startLedger(t, dataDir, {
    SPENDLEDGER_PRICES: prices,
    SPENDLEDGER_RAW_RETENTION_DAYS: String(RETENTION_DAYS),
  })

  const response = await fetch(`${ledger.url}/v1/quote`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(vectors.map(vector => eventOf(vector, now))),
  })
  const { data, rejected } = (await response.json()) as {
    readonly data: readonly { readonly index: number; readonly cost_usd: string | null }[]
    readonly rejected: readonly unknown[]
  }
  assert.deepEqual(rejected, [])
  const costs = (pairs: readonly (readonly [id: string, cost: string | null])[]) =>
    Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const expected = (some: readonly Vector[]) =>
    costs(some.map(({ id, expected_cost_usd: cost }) => [id, cost]))
  assert.deepEqual(
    costs(data.map(({ index, cost_usd: cost }) => [vectors[index]?.id ?? '', cost])),
    expected(vectors),
  )

  const kept = vectors.filter(({ timestamp }) => {
    const at = timestamp === undefined ? now : Date.parse(timestamp)
    return at > now - RETENTION_DAYS * DAY_MS && at <= now
  })
  assert.ok(kept.length > vectors.length / 2)
  const lines = kept.map(vector => JSON.stringify(eventOf(vector, now))).join('\n')
  const sent = await runCommand(['send', '-'], ledger.env, lines)
  assert.equal(sent.code, 0, sent.stdout + sent.stderr)
  const reader = await ledger.connect('reader')
  const rows = await eventually(
    'all of them in SQL',
    () =>
      reader.query<{ id: string; cost: string }>(
        'SELECT event_id AS id, toString(cost_usd) AS cost FROM v_events',
      ),
    found => found.length === kept.length,
  )
  assert.deepEqual(costs(rows.map(({ id, cost }) => [id, cost])), expected(kept))
})
