// What the queries of docs/sql.md must answer: what is known, what moved, prices and invoices.

import { toSqlTime } from '#core/hours.ts'
import {
  type Answers,
  add,
  cost,
  count,
  dayOf,
  descending,
  groups,
  inputOf,
  lastDays,
  near,
  outputOf,
  percent,
  type Row,
  rate,
  secondsOf,
  since,
  spent,
  spentByCalls,
  startOfDay,
  startOfHour,
  startOfMonth,
  total,
  usd,
  withoutPrice,
} from './sql-docs-arithmetic.ts'
import { DAY, HOUR, isPriced, listCost, ownCost, sumOf } from './sql-docs-world.ts'

export const QUALITY_ANSWERS: Answers = {
  'Which single calls were the dearest?': (calls, now) =>
    descending(
      groups(since(calls, now - DAY).filter(isPriced), ({ id }) => [id]),
      cost,
    )
      .slice(0, 10)
      .map(({ calls: [call] }) => ({
        event_id: call?.id ?? '',
        occurred_at: toSqlTime(call?.at ?? 0),
        feature: call?.feature ?? '',
        user_id: call?.user ?? '',
        model: call?.model ?? '',
        input: String(call ? inputOf(call) : 0),
        output: String(call ? outputOf(call) : 0),
        cost_usd: usd(call ? sumOf(ownCost(call)) : 0n),
      })),

  'What has no price, and why?': (calls, now) =>
    descending(
      groups(
        since(calls, now - 30 * DAY).filter(call => !isPriced(call)),
        ({ provider, model, costStatus, reason }) => [provider, model, costStatus, reason],
      ),
      own => BigInt(own.length),
    ).map(({ key: [provider = '', model = '', status = '', reason = ''], calls: own }) => ({
      provider,
      model,
      cost_status: status,
      cost_reason: reason,
      n: count(own),
      tokens: String(add(own, call => inputOf(call) + outputOf(call))),
      last_seen: toSqlTime(Math.max(...own.map(({ at }) => at))),
    })),

  'How much of what was spent is known?': (calls, now) =>
    groups(lastDays(calls, now, 7), ({ at }) => [dayOf(at)]).map(({ key: [day = ''], calls: own }) => ({
      day,
      n: count(own),
      with_price: count(own, ({ costStatus }) => costStatus === 'priced'),
      without_price: withoutPrice(own),
      from_estimates: count(own, ({ costStatus }) => costStatus === 'estimated'),
      contradictory: count(own, ({ costStatus }) => costStatus === 'inconsistent_usage'),
      of_no_feature: count(own, ({ feature }) => feature === ''),
    })),

  'What arrived late?': (calls, now) =>
    groups(
      since(calls, now - 30 * DAY).filter(({ at, received }) => received > at + HOUR),
      ({ received, source }) => [secondsOf(startOfDay(received)), source],
    ).map(({ key: [arrived = '', source = ''], calls: own }) => ({
      arrived,
      source,
      ...spentByCalls(own),
      latest_by_hours: near(Math.max(...own.map(({ at, received }) => received - at)) / HOUR, 1),
    })),

  'Why did a total change that was closed?': (_, now) => [
    {
      hour: secondsOf(startOfHour(now) - 5 * HOUR),
      changed_at: `${secondsOf(now - 2 * HOUR)}.000000`,
      reason: 'late',
      old_calls: '10',
      new_calls: '12',
      old_unpriced: '0',
      new_unpriced: '1',
      old_cost_usd: '1.5',
      new_cost_usd: '1.75',
      change_usd: '0.25',
    },
  ],

  'What was refused?': (_, now) => [
    {
      stage: 'collector',
      reason: 'wrong_type',
      field: 'tokens.input',
      n: '2',
      replayed: '1',
      last_seen: toSqlTime(now - HOUR),
    },
    {
      stage: 'consumer',
      reason: 'too_old',
      field: 'occurred_at',
      n: '1',
      replayed: '0',
      last_seen: toSqlTime(now - 2 * DAY),
    },
  ],

  'Does last month agree with the invoices?': (calls, now) => {
    const invoices: Readonly<Record<string, bigint>> = {
      anthropic: 1_234_560_000_000_000n,
      openai: 20_000_000_000n,
    }
    const own = calls.filter(({ at }) => at >= startOfMonth(now, -1) && at < startOfMonth(now))
    return descending(
      groups(own, ({ provider }) => [provider]),
      cost,
    ).map(({ key: [provider = ''], calls: group }) => {
      const invoiced = invoices[provider] ?? 0n
      const off = cost(group) - invoiced
      return {
        provider,
        ...spent(group),
        list_usd: usd(total(group, call => sumOf(listCost(call)))),
        invoiced_usd: usd(invoiced),
        off_usd: usd(off),
        off_percent: percent(off, invoiced),
        input: String(add(group, inputOf)),
        output: String(add(group, outputOf)),
        estimated: count(group, ({ costStatus }) => costStatus === 'estimated'),
      }
    })
  },

  'What does a model cost today?': () => [
    ...modelRates('flex', '{"service_tier":["flex"]}', 2n),
    ...modelRates('standard', '', 1n),
  ],
}

const modelRates = (variant: string, conditions: string, divisor: bigint): Row[] =>
  [
    ['cache_read', rate('small', 'read')] as const,
    ['cache_write_5m', rate('small', 'write')] as const,
    ['input', rate('small', 'input')] as const,
    ['output', rate('small', 'output')] as const,
    ['reasoning', rate('small', 'reasoning')] as const,
  ].map(([component, picos]) => ({
    component,
    unit: 'Mtok',
    rate_usd: usd((picos * 1_000_000n) / divisor),
    variant,
    conditions,
    above_input_tokens: null,
    source: 'https://example.com/prices',
    checked: '2026-11-01',
  }))
