// Puts the world of docs/sql.md into a warehouse: calls as rows that the real recompute rolls up, their rates as a price book, and
// what is not a call.

import { toSpans, toSqlTime, touchedHours } from '#core/hours.ts'
import { eventVersion } from '#core/identity.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { contextOver } from '../aggregator/kit.ts'
import type { TestEngine } from '../support/engine.ts'
import {
  type Bucket,
  type Call,
  DAY,
  HOUR,
  isPriced,
  listCost,
  ownCost,
  RATES,
  sumOf,
} from './sql-docs-world.ts'

const usdText = (picos: bigint): string =>
  `${picos / 10n ** 12n}.${String(picos % 10n ** 12n).padStart(12, '0')}`

function rowOf(call: Call): Record<string, unknown> {
  const cost = ownCost(call)
  const own = isPriced(call) ? usdText(sumOf(cost)) : null
  return {
    event_id: call.id,
    occurred_at: new Date(call.at).toISOString(),
    received_at: new Date(call.received).toISOString(),
    version: String(eventVersion({ usageSource: 'provider', bookSequence: 1, receivedAt: call.received })),
    source: call.source,
    provider: call.provider,
    model: call.model,
    request_model: call.model,
    response_model: call.model,
    baseline_model: call.baseline,
    routing_rule: call.rule,
    attempt: call.attempt,
    operation: 'chat',
    status: call.status,
    error_type: call.error,
    latency_ms: call.latency,
    tenant_id: call.tenant,
    user_id: call.user,
    user_segment: call.segment,
    team: call.team,
    feature: call.feature,
    workflow_id: call.workflow,
    session_id: call.session,
    task_type: call.task,
    prompt_id: call.prompt,
    prompt_version: call.version,
    release: call.release,
    environment: call.environment,
    tags: call.experiment === '' ? {} : { experiment: call.experiment },
    uncached_input_tokens: call.tokens.input,
    cache_read_tokens: call.tokens.read,
    cache_write_5m_tokens: call.tokens.write,
    output_text_tokens: call.tokens.output,
    reasoning_tokens: call.tokens.reasoning,
    prompt_parts: call.parts,
    cost_usd: own,
    list_cost_usd: isPriced(call) ? usdText(sumOf(listCost(call))) : null,
    contracted_cost_usd: own,
    uncached_input_cost_usd: usdText(cost.input),
    cache_read_cost_usd: usdText(cost.read),
    cache_write_cost_usd: usdText(cost.write),
    output_cost_usd: usdText(cost.output + cost.reasoning),
    cost_status: call.costStatus,
    cost_reason: call.reason,
    usage_source: 'provider',
  }
}

/** Stores calls as they come from the consumer, and brings the rollups up to date. */
export async function storeCalls(engine: TestEngine, calls: readonly Call[]): Promise<void> {
  await engine.warehouse('writer').insertObjects('usage_events', calls.map(rowOf))
  const context = contextOver(engine.warehouse('aggregator'))
  const hours = calls.flatMap(call => touchedHours(call.at))
  for (const span of toSpans(hours)) await recomputeSpan(context, span)
}

/** RATES as a book: in force since 2020. Before, everything cost twice as much, and from 2090 on three times. */
export function bookOfRates(): unknown {
  const rate = (picos: bigint) => (picos === 0n ? 'REFUSE' : `${usdText(picos * 1_000_000n)}/Mtok`)
  const rule = (provider: string, model: string, times: bigint, from: string, to: string | null) => {
    const of = (bucket: Bucket) => rate((RATES[model]?.[bucket] ?? 0n) * times)
    const rates = {
      input: of('input'),
      cache_read: of('read'),
      cache_write_5m: of('write'),
      output: of('output'),
    }
    return {
      id: `${provider}/${model}/${from.slice(0, 4)}`,
      provider,
      model,
      effective: { from, to },
      variants: [
        { id: 'standard', rates },
        { id: 'flex', when: { service_tier: ['flex'] }, scale: { of: 'standard', tokens: '1/2' } },
      ],
      source: { url: 'https://example.com/prices', checked: '2026-11-01' },
    }
  }
  const models = Object.keys(RATES).map(id => ({ provider: id === 'opus' ? 'anthropic' : 'openai', id }))
  return {
    $schema: 'price-book/v1',
    book: { id: 'docs', version: '1', currency: 'USD' },
    models: models.map(({ provider, id }) => ({ provider, id, match: { exact: [id] } })),
    rules: models.flatMap(({ provider, id }) => [
      rule(provider, id, 2n, '2000-01-01T00:00:00Z', '2020-01-01T00:00:00Z'),
      rule(provider, id, 1n, '2020-01-01T00:00:00Z', '2090-01-01T00:00:00Z'),
      rule(provider, id, 3n, '2090-01-01T00:00:00Z', null),
    ]),
    bucket_fallback: { reasoning: 'output' },
  }
}

/** What is not a call: a change of a closed total, and refusals. */
export async function storeRest({ warehouse }: TestEngine, now: number): Promise<void> {
  const hour = Math.floor(now / HOUR) * HOUR - 5 * HOUR
  const change = (reason: string, ago: number, figures: Record<string, unknown>) => ({
    hour: hour / 1000,
    version: String(now - ago),
    reason,
    changed_at: toSqlTime(Math.floor((now - ago) / 1000) * 1000),
    ...figures,
  })
  const first = { old_calls: 0, new_calls: 10, new_unpriced: 0, old_cost_usd: '0', new_cost_usd: '1.5' }
  const late = { old_calls: 10, new_calls: 12, new_unpriced: 1, old_cost_usd: '1.5', new_cost_usd: '1.75' }
  await warehouse('writer').insertObjects('rollup_changes', [
    change('first', 3 * HOUR, first),
    change('late', 2 * HOUR, late),
  ])
  const letter = (number: number, ago: number, fields: Record<string, unknown>) => ({
    dead_letter_id: `${now}-${number}`,
    refused_at: toSqlTime(now - ago),
    ...fields,
  })
  const wrongType = { stage: 'collector', reason: 'wrong_type', field: 'tokens.input' }
  await warehouse('writer').insertObjects('dead_letters', [
    letter(1, HOUR, wrongType),
    letter(2, 2 * HOUR, { ...wrongType, replayed_at: toSqlTime(now - HOUR) }),
    letter(3, 2 * DAY, { stage: 'consumer', reason: 'too_old', field: 'occurred_at' }),
    letter(4, 9 * DAY, wrongType),
  ])
}
