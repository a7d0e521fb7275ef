// What the queries of docs/sql.md must answer: spend by whom and what.

import {
  type Answers,
  add,
  cost,
  count,
  dayIn,
  dayOf,
  descending,
  distinct,
  each,
  groups,
  lastDays,
  order,
  outputOf,
  percent,
  since,
  sinceHour,
  spent,
  spentByCalls,
  startOfDay,
  startOfHour,
  startOfMonth,
  usd,
  withoutPrice,
} from './sql-docs-arithmetic.ts'
import { type Call, DAY, HOUR, isPriced } from './sql-docs-world.ts'

export const SPEND_ANSWERS: Answers = {
  'What did user u1 cost this month?': (calls, now) => [
    spent(since(calls, startOfMonth(now)).filter(({ user }) => user === 'u1')),
  ],

  'What did user u1 cost this month, by the calendar of New York?': (calls, now) => {
    const month = dayIn('America/New_York', now).slice(0, 7)
    return [
      spent(
        calls.filter(({ user, at }) => user === 'u1' && dayIn('America/New_York', at).slice(0, 7) === month),
      ),
    ]
  },

  'Which users cost most this month?': (calls, now) =>
    descending(
      groups(since(calls, startOfMonth(now)), ({ tenant, user }) => [tenant, user]),
      cost,
    ).map(({ key: [tenant = '', user = ''], calls: own }) => ({
      tenant_id: tenant,
      user_id: user,
      ...spent(own),
    })),

  'Which customers cost most this month, and with which features?': (calls, now) =>
    descending(
      groups(since(calls, startOfMonth(now)), ({ tenant, feature }) => [tenant, feature]),
      cost,
    ).map(({ key: [tenant = '', feature = ''], calls: own }) => ({
      tenant_id: tenant,
      feature,
      ...spent(own),
    })),

  'Which feature drives most spend?': (calls, now) => {
    const all = lastDays(calls, now, 30)
    return descending(
      groups(all, ({ feature }) => [feature]),
      cost,
    ).map(({ key: [feature = ''], calls: own }) => ({
      feature,
      ...spent(own),
      percent: percent(cost(own), cost(all)),
    }))
  },

  'What does each team spend by day?': (calls, now) =>
    [6, 5, 4, 3, 2, 1, 0].map(days => {
      const day = dayOf(now - days * DAY)
      const own = calls.filter(({ at, team }) => dayOf(at) === day && team === 'support')
      return { day, team: own.length > 0 ? 'support' : filled(calls, day, now), ...spent(own) }
    }),

  'What does one run of each workflow cost?': (calls, now) =>
    descending(
      groups(
        since(calls, now - 7 * DAY).filter(({ workflow }) => workflow !== ''),
        ({ feature }) => [feature],
      ),
      cost,
    ).map(({ key: [feature = ''], calls: own }) => {
      const runs = distinct(own, ({ workflow }) => workflow)
      return { feature, runs: String(runs), ...spentByCalls(own), usd_per_run: each(cost(own), runs) }
    }),

  'Which sessions cost most this week?': (calls, now) =>
    descending(
      groups(
        since(calls, now - 7 * DAY).filter(({ session }) => session !== ''),
        ({ session }) => [session],
      ),
      cost,
    ).map(({ key: [session = ''], calls: own }) => ({
      session_id: session,
      who: own[0]?.user ?? '',
      ...spentByCalls(own),
      output: String(add(own, outputOf)),
    })),

  'Which segment costs most per session?': (calls, now) => {
    const perSession = (own: readonly Call[]): bigint =>
      cost(own) / BigInt(distinct(own, ({ session }) => session))
    return descending(
      groups(
        since(calls, now - 7 * DAY).filter(({ session }) => session !== ''),
        ({ segment }) => [segment],
      ),
      perSession,
    ).map(({ key: [segment = ''], calls: own }) => ({
      user_segment: segment,
      sessions: String(distinct(own, ({ session }) => session)),
      ...spentByCalls(own),
      usd_per_session: usd(perSession(own)),
    }))
  },

  'What does each kind of task cost, and each call of it?': (calls, now) =>
    descending(
      groups(lastDays(calls, now, 30), ({ task }) => [task]),
      cost,
    ).map(({ key: [task = ''], calls: own }) => ({
      task_type: task,
      ...spent(own),
      usd_per_priced_call: each(cost(own), own.filter(isPriced).length),
    })),

  'What is spent outside of production?': (calls, now) => {
    const all = lastDays(calls, now, 30)
    return descending(
      groups(all, ({ environment }) => [environment]),
      cost,
    ).map(({ key: [environment = ''], calls: own }) => ({
      environment,
      ...spent(own),
      percent: percent(cost(own), cost(all)),
    }))
  },

  'What does each release cost per call?': (calls, now) =>
    groups(lastDays(calls, now, 30), ({ release }) => [release])
      .map(({ key: [release = ''], calls: own }) => ({
        release,
        first_day: dayOf(Math.min(...own.map(({ at }) => at))),
        ...spent(own),
        usd_per_priced_call: each(cost(own), own.filter(isPriced).length),
      }))
      .sort((a, b) => order([a.first_day, a.release], [b.first_day, b.release])),

  'Which release caused the spike?': (calls, now) => {
    const from = startOfHour(now) - 23 * HOUR
    const change = (own: readonly Call[]): bigint =>
      cost(sinceHour(own, from)) - cost(own.filter(({ at }) => startOfHour(at) < from))
    return descending(
      groups(sinceHour(calls, from - 24 * HOUR), ({ feature, release }) => [feature, release]),
      change,
    ).map(({ key: [feature = '', release = ''], calls: own }) => {
      const day = sinceHour(own, from)
      const before = own.filter(({ at }) => startOfHour(at) < from)
      return {
        feature,
        release,
        usd: usd(cost(day)),
        usd_before: usd(cost(before)),
        change_usd: usd(change(own)),
        n: count(day),
        n_before: count(before),
        without_price: withoutPrice(own),
      }
    })
  },
}

/** FILL says of the team what the day before did. */
function filled(calls: readonly Call[], day: string, now: number): string {
  const first = startOfDay(now) - 6 * DAY
  const before = calls.filter(({ at, team }) => at >= first && dayOf(at) < day && team === 'support')
  return before.length > 0 ? 'support' : ''
}
