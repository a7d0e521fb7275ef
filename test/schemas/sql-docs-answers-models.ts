// What the queries of docs/sql.md must answer: models, tokens, caches, failures and routing.

import {
  type Answers,
  add,
  cost,
  count,
  dayOf,
  descending,
  each,
  groups,
  inputCost,
  inputOf,
  isFailed,
  lastDays,
  near,
  outputCost,
  outputOf,
  percent,
  quantile,
  rate,
  since,
  spent,
  spentByCalls,
  startOfWeek,
  total,
  usd,
  weekOf,
  withoutPrice,
} from './sql-docs-arithmetic.ts'
import { type Call, DAY, isPriced, ownCost, RATES, sumOf } from './sql-docs-world.ts'

export const MODELS_ANSWERS: Answers = {
  'Which models are used, and what is their share?': (calls, now) => {
    const all = lastDays(calls, now, 7)
    return descending(
      groups(all, ({ provider, model }) => [provider, model]),
      own => BigInt(own.length),
    ).map(({ key: [provider = '', model = ''], calls: own }) => ({
      provider,
      model,
      ...spent(own),
      percent_of_calls: percent(own.length, all.length),
      percent_of_usd: percent(cost(own), cost(all)),
    }))
  },

  'How did the mix of models drift against the week before?': (calls, now) => {
    const { week, before } = weekOf(calls, now)
    return groups([...week, ...before], ({ feature, model }) => [feature, model]).map(
      ({ key: [feature = '', model = ''], calls: own }) => {
        const ofFeature = (all: readonly Call[]) => all.filter(call => call.feature === feature).length
        const share = (all: readonly Call[]): number | null => {
          const mine = own.filter(call => all.includes(call)).length
          return ofFeature(all) === 0 ? null : (100 * mine) / ofFeature(all)
        }
        const [now_, then] = [share(week), share(before)]
        return {
          feature,
          model,
          n: count(own, call => week.includes(call)),
          n_before: count(own, call => before.includes(call)),
          percent: now_ === null ? null : near(now_, 1),
          percent_before: then === null ? null : near(then, 1),
          points: now_ === null || then === null ? null : { near: now_ - then, within: 0.1 + 1e-9 },
        }
      },
    )
  },

  'What are input and output of each feature, and their ratio?': (calls, now) =>
    descending(
      groups(lastDays(calls, now, 7), ({ feature }) => [feature]),
      own => BigInt(add(own, outputOf)),
    ).map(({ key: [feature = ''], calls: own }) => ({
      feature,
      input: String(add(own, inputOf)),
      output: String(add(own, outputOf)),
      output_per_input: near(add(own, outputOf) / add(own, inputOf), 4),
      input_usd: usd(total(own, inputCost)),
      output_usd: usd(total(own, outputCost)),
      without_price: withoutPrice(own),
    })),

  'How often do prompts hit the cache, and what did that save?': (calls, now) => {
    const saved = (own: readonly Call[]): bigint =>
      total(own, ({ model, tokens }) => BigInt(tokens.read) * (rate(model, 'input') - rate(model, 'read')))
    return descending(
      groups(lastDays(calls, now, 7), ({ provider, model }) => [provider, model]),
      saved,
    ).map(({ key: [provider = '', model = ''], calls: own }) => ({
      provider,
      model,
      hit_percent: percent(
        add(own, ({ tokens }) => tokens.read),
        add(own, inputOf),
      ),
      saved_usd: usd(saved(own)),
      write_premium_usd: usd(
        total(own, ({ tokens }) => BigInt(tokens.write) * (rate(model, 'write') - rate(model, 'input'))),
      ),
      not_compared: String(model in RATES ? 0 : add(own, ({ tokens }) => tokens.read)),
      without_price: withoutPrice(own),
    }))
  },

  'What does a feature cost per active user, by week?': (calls, now) =>
    groups(since(calls, startOfWeek(now) - 21 * DAY), ({ at, feature }) => [
      dayOf(startOfWeek(at)),
      feature,
    ]).map(({ key: [week = '', feature = ''], calls: own }) => {
      const users = new Set(own.map(({ user }) => user).filter(user => user !== '')).size
      return {
        week,
        feature,
        usd: usd(cost(own)),
        active_users: String(users),
        usd_per_active_user: each(cost(own), users),
        usd_without_user: usd(cost(own.filter(({ user }) => user === ''))),
        without_price: withoutPrice(own),
      }
    }),

  'What do failed attempts cost beside successful ones?': (calls, now) =>
    descending(
      groups(lastDays(calls, now, 7), ({ feature }) => [feature]),
      own => cost(own.filter(isFailed)),
    ).map(({ key: [feature = ''], calls: own }) => ({
      feature,
      succeeded: count(own, call => !isFailed(call)),
      failed: count(own, isFailed),
      retries: count(own, ({ attempt }) => attempt > 1),
      succeeded_usd: usd(cost(own.filter(call => !isFailed(call)))),
      failed_usd: usd(cost(own.filter(isFailed))),
      failed_without_price: withoutPrice(own.filter(isFailed)),
      without_price: withoutPrice(own),
    })),

  'What is wasted by errors and aborts, and by which?': (calls, now) =>
    descending(
      groups(since(calls, now - 7 * DAY).filter(isFailed), ({ status, error, model }) => [
        status,
        error,
        model,
      ]),
      cost,
      own => BigInt(own.length),
    ).map(({ key: [status = '', error = '', model = ''], calls: own }) => ({
      status,
      error_type: error,
      model,
      ...spentByCalls(own),
      output: String(add(own, outputOf)),
    })),

  'What are p50 and p95 of cost and latency by model and task?': (calls, now) =>
    groups(
      since(calls, now - 7 * DAY).filter(call => !isFailed(call)),
      ({ model, task }) => [model, task],
    ).map(({ key: [model = '', task = ''], calls: own }) => {
      const costs = own.filter(isPriced).map(call => sumOf(ownCost(call)))
      const latencies = own.map(({ latency }) => latency).filter(ms => ms > 0)
      const money = (level: number): string | null => {
        const found = quantile(costs, level)
        return found === undefined ? null : usd(found)
      }
      return {
        model,
        task_type: task,
        usd_p50: money(0.5),
        usd_p95: money(0.95),
        ms_p50: String(quantile(latencies, 0.5)),
        ms_p95: String(quantile(latencies, 0.95)),
        n: count(own),
        without_price: withoutPrice(own),
      }
    }),

  'What does routing save against the baseline model?': (calls, now) => {
    const comparable = (call: Call): boolean =>
      isPriced(call) && call.baseline in RATES && (call.tokens.read === 0 || rate(call.baseline, 'read') > 0n)
    const otherwise = (own: readonly Call[]): bigint =>
      total(own.filter(comparable), ({ baseline, tokens }) =>
        (['input', 'read', 'write', 'output', 'reasoning'] as const).reduce(
          (sum, bucket) => sum + BigInt(tokens[bucket]) * rate(baseline, bucket),
          0n,
        ),
      )
    const saved = (own: readonly Call[]): bigint => otherwise(own) - cost(own.filter(comparable))
    return descending(
      groups(
        since(calls, now - 7 * DAY).filter(({ baseline, model }) => baseline !== '' && baseline !== model),
        ({ rule, baseline, model }) => [rule, baseline, model],
      ),
      saved,
    ).map(({ key: [rule = '', baseline = '', model = ''], calls: own }) => ({
      routing_rule: rule,
      baseline,
      served: model,
      n: count(own, comparable),
      usd: own.some(comparable) ? usd(cost(own.filter(comparable))) : null,
      baseline_usd: usd(otherwise(own)),
      saved_usd: own.some(comparable) ? usd(saved(own)) : null,
      not_compared: count(own, call => !comparable(call)),
      without_price: withoutPrice(own),
    }))
  },
}
