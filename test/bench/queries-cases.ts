// The questions that the bench `queries` asks: each as a request to the API, and as somebody would put it to the events by
// hand. `i` numbers the repetitions, so that no two ask for the same user and no cache answers.

import { DAY_MS, toSqlTime } from '#core/hours.ts'

export interface Question {
  readonly name: string
  /** Path and query of the request. */
  readonly path: (i: number) => string
  /** The same from single events; times are UTC. */
  readonly naive?: (i: number) => string
}

const user = (i: number) => `user-${(i * 7) % 40}-${(i * 3) % 20}`
const tenant = (i: number) => `tenant-${(i * 11) % 60}`

/** @param now ms, the end of the world @param eventIds of events, some of them unknown */
export function questionsOf(now: number, eventIds: readonly string[]): Question[] {
  const iso = (ms: number) => new Date(ms).toISOString()
  const date = new Date(now)
  const month = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
  // On the first days of a month there is nothing yet to be asked about.
  const start = now - month > 7 * DAY_MS ? month : now - 24 * DAY_MS
  const window = (from: number) => `from=${iso(from)}&to=${iso(now)}`
  const events = (from: number) =>
    `FROM v_events AS t WHERE t.occurred_at >= '${toSqlTime(from)}' AND t.occurred_at < '${toSqlTime(now)}'`
  const sums =
    'count() AS calls, sum(t.input_tokens), sum(t.output_tokens), sum(t.cost_usd) AS cost, sum(isNull(t.cost_usd))'
  const by = (key: string, from: number, limit: number) =>
    `SELECT ${key} AS g, ${sums} ${events(from)} GROUP BY g ORDER BY cost DESC LIMIT ${limit}`
  return [
    {
      name: 'user X this month',
      path: i => `/v1/costs?user_id=${user(i)}&${window(start)}`,
      naive: i => `SELECT ${sums} ${events(start)} AND t.user_id = '${user(i)}'`,
    },
    {
      name: 'spend by feature, 24 h',
      path: () => `/v1/costs?group_by=feature&${window(now - DAY_MS)}`,
      naive: () => by('t.feature', now - DAY_MS, 100),
    },
    {
      name: '30-day trend by model',
      path: () =>
        `/v1/costs/timeseries?granularity=day&group_by=model&limit=1000&${window(now - 30 * DAY_MS)}`,
      naive: () =>
        `SELECT toDate(t.occurred_at) AS day, t.model AS g, ${sums} ${events(now - 30 * DAY_MS)} GROUP BY day, g ORDER BY day`,
    },
    {
      name: 'top users this month',
      path: () => `/v1/costs?group_by=user_id&limit=20&${window(start)}`,
      naive: () => by('t.user_id', start, 20),
    },
    {
      name: 'a tenant by feature, month',
      path: i => `/v1/costs?tenant_id=${tenant(i)}&group_by=feature&${window(start)}`,
      naive: i =>
        `SELECT t.feature AS g, ${sums} ${events(start)} AND t.tenant_id = '${tenant(i)}' GROUP BY g ORDER BY cost DESC`,
    },
    {
      name: 'by prompt version, 24 h (events)',
      path: () => `/v1/costs?group_by=prompt_version&${window(now - DAY_MS)}`,
      naive: () => by('t.prompt_version', now - DAY_MS, 100),
    },
    { name: 'newest events, 24 h', path: () => `/v1/events?order=newest&limit=50&${window(now - DAY_MS)}` },
    { name: 'dearest events, 24 h', path: () => `/v1/events?order=top&limit=50&${window(now - DAY_MS)}` },
    {
      name: 'one event by its id',
      path: i => `/v1/events/${encodeURIComponent(eventIds[i % eventIds.length] ?? 'x')}`,
    },
  ]
}
