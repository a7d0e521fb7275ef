// What the queries of docs/sql.md must answer: prompts, calendars and what comes.

import { toSqlTime } from '#core/hours.ts'
import {
  type Answers,
  add,
  cost,
  count,
  dayIn,
  daysBefore,
  descending,
  each,
  groups,
  inputCost,
  isFailed,
  near,
  order,
  outputOf,
  percent,
  type Row,
  since,
  spent,
  spentByCalls,
  startOfHour,
  startOfMonth,
  total,
  usd,
  weekOf,
  withoutPrice,
} from './sql-docs-arithmetic.ts'
import { type Call, DAY, HOUR, isPriced } from './sql-docs-world.ts'

export const TIME_ANSWERS: Answers = {
  'Where do prompt tokens come from?': (calls, now) => {
    const said = since(calls, now - 7 * DAY).filter(({ parts }) => Object.keys(parts).length > 0)
    return groups(said, ({ feature }) => [feature]).flatMap(({ key: [feature = ''], calls: own }) => {
      const origins = [...new Set(own.flatMap(({ parts }) => Object.keys(parts)))]
      const all = (call: Call): number => Object.values(call.parts).reduce((sum, tokens) => sum + tokens, 0)
      return origins
        .map(origin => ({ origin, tokens: add(own, ({ parts }) => parts[origin] ?? 0) }))
        .sort((a, b) => b.tokens - a.tokens || order([a.origin], [b.origin]))
        .map(({ origin, tokens }) => {
          const having = own.filter(({ parts }) => origin in parts)
          return {
            feature,
            origin,
            tokens: String(tokens),
            percent: percent(tokens, add(own, all)),
            input_usd: usd(
              total(having, call => (inputCost(call) * BigInt(call.parts[origin] ?? 0)) / BigInt(all(call))),
            ),
            n: count(having),
            without_price: withoutPrice(having),
          }
        })
    })
  },

  'What will this month cost?': (calls, now) => {
    const own = calls.filter(({ at }) => at >= startOfMonth(now) && at < startOfHour(now))
    const passed = (startOfHour(now) - startOfMonth(now)) / HOUR
    const all = (startOfMonth(now, 1) - startOfMonth(now)) / HOUR
    return [
      {
        usd_so_far: usd(cost(own)),
        hours_so_far: String(passed),
        hours_of_month: String(all),
        usd_by_month_end: each(cost(own) * BigInt(all), passed),
        without_price: withoutPrice(own),
      },
    ]
  },

  'What moved most against the week before?': (calls, now) => {
    const { week, before } = weekOf(calls, now)
    const within = (own: readonly Call[], all: readonly Call[]) => own.filter(call => all.includes(call))
    const change = (own: readonly Call[]): bigint => cost(within(own, week)) - cost(within(own, before))
    return descending(
      groups([...week, ...before], ({ feature, model }) => [feature, model]),
      own => (change(own) < 0n ? -change(own) : change(own)),
    )
      .slice(0, 10)
      .map(({ key: [feature = '', model = ''], calls: own }) => ({
        feature,
        model,
        usd: usd(cost(within(own, week))),
        usd_before: usd(cost(within(own, before))),
        change_usd: usd(change(own)),
        without_price: withoutPrice(within(own, week)),
        without_price_before: withoutPrice(within(own, before)),
      }))
  },

  'What did each day cost in New York?': (calls, now) => {
    const zone = 'America/New_York'
    const first = daysBefore(zone, now, 13)
    const own = calls.filter(({ at }) => dayIn(zone, at) >= first)
    return groups(own, ({ at }) => [dayIn(zone, at)]).flatMap(({ key: [day = ''], calls: ofDay }) =>
      descending(
        groups(ofDay, ({ feature }) => [feature]),
        cost,
      ).map(({ key: [feature = ''], calls: group }) => ({
        day,
        feature,
        ...spent(group),
      })),
    )
  },

  'What did each day cost in Kolkata?': (calls, now) => {
    const zone = 'Asia/Kolkata'
    const first = daysBefore(zone, now, 6)
    return groups(
      calls.filter(({ at }) => dayIn(zone, at) >= first),
      ({ at }) => [dayIn(zone, at)],
    ).map(({ key: [day = ''], calls: own }) => ({ day, ...spent(own) }))
  },

  'Which prompt change doubled output tokens?': (calls, now) => {
    const all = since(calls, now - 28 * DAY).filter(call => call.prompt !== '' && !isFailed(call))
    const firstSeen = (own: readonly Call[]): number => Math.min(...own.map(({ at }) => at))
    return groups(all, ({ prompt }) => [prompt]).flatMap(({ key: [prompt = ''], calls: own }) => {
      const versions = groups(own, ({ version }) => [version]).sort(
        (a, b) => firstSeen(a.calls) - firstSeen(b.calls) || order(a.key, b.key),
      )
      return versions.flatMap(({ key: [version = ''], calls: group }, i): Row[] => {
        const previous = versions[i - 1]
        if (previous === undefined) return []
        const perCall = (of: readonly Call[]): number => add(of, outputOf) / of.length
        const times = perCall(group) / perCall(previous.calls)
        if (firstSeen(group) < now - 14 * DAY || times < 1.5) return []
        return [
          {
            prompt_id: prompt,
            version_before: previous.key[0] ?? '',
            prompt_version: version,
            first_seen: toSqlTime(firstSeen(group)),
            output_per_call_before: near(perCall(previous.calls), 1),
            output_per_call: near(perCall(group), 1),
            times: near(times, 2),
            ...spentByCalls(group),
          },
        ]
      })
    })
  },

  'What does each variant of an experiment cost?': (calls, now) =>
    groups(
      since(calls, now - 7 * DAY).filter(({ experiment }) => experiment !== ''),
      ({ experiment }) => [experiment],
    ).map(({ key: [variant = ''], calls: own }) => ({
      variant,
      ...spentByCalls(own),
      usd_per_priced_call: each(cost(own), own.filter(isPriced).length),
    })),
}
