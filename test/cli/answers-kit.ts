// A made-up ledger that answers as the API does: one feature over November 2026, its days and its parts.

import type { Reply } from './harness.ts'

export const META = {
  from: '2026-11-01T00:00:00Z',
  to: '2026-11-24T10:15:00Z',
  tz: 'UTC',
  fresh_until: '2026-11-24T09:58:00Z',
  coverage: {
    calls: 61_000,
    priced: 60_988,
    unpriced: 10,
    estimated: 2,
    inconsistent: 0,
    without_feature: 0,
  },
  previous: { from: '2026-10-01T00:00:00Z', to: '2026-10-24T10:15:00Z', complete: true },
  truncated: false,
}

export const figures = (cost: string, calls: number, before: string, unpriced = 0) => ({
  calls,
  cost_usd: cost,
  unpriced_calls: unpriced,
  previous: { calls: 1, cost_usd: before, unpriced_calls: 0 },
})

const TOTAL = {
  ...figures('4600', 61_000, '4000', 10),
  active_users: 412,
  cost_per_active_user: '11.165048543689',
}

/** Days before today cost their number, from 17 November on 300; today 100. */
const DAYS = Array.from({ length: 24 }, (_, i) => ({
  time: `2026-11-${String(i + 1).padStart(2, '0')}T00:00:00Z`,
  calls: 100,
  cost_usd: i === 23 ? '100' : i >= 16 ? '300' : String(i + 1),
  unpriced_calls: 0,
}))

const PARTS: Readonly<Record<string, readonly (readonly [string, ReturnType<typeof figures>])[]>> = {
  model: [
    ['gpt-5.4', figures('3000', 31_000, '3500')],
    ['claude-opus-4-8', figures('1600', 29_990, '500')],
    ['gpt-9-preview-of-a-model-with-a-name-that-never-ends-2026-11-01', figures('0', 10, '0', 10)],
  ],
  user_id: [
    ['u1', figures('1000', 10_000, '1000')],
    ['u2', figures('900', 9_000, '0')],
    ['', figures('800', 8_000, '800.5')],
    ['u4', figures('700', 7_000, '600')],
    ['u5', figures('600', 6_000, '500')],
  ],
  release: [['2026.11.3', figures('4600', 61_000, '4000', 10)]],
  tenant_id: [['acme', figures('4600', 61_000, '4000', 10)]],
  feature: [
    ['support-chat', figures('4000', 60_000, '4000')],
    ['a-feature-of-the-team-that-likes-long-names', figures('600', 1_000, '0', 10)],
  ],
}

/** @param changed what to answer instead, by path */
export const ledger =
  (changed: Readonly<Record<string, unknown>> = {}): Reply =>
  ({ url }) => {
    const { pathname, searchParams } = new URL(url, 'http://x')
    const given = changed[pathname]
    if (given !== undefined) return { body: given }
    const by = searchParams.get('group_by') ?? ''
    const parts = PARTS[by] ?? []
    if (pathname === '/v1/costs/timeseries') {
      const data =
        by === '' ? DAYS : parts.flatMap(([name], i) => DAYS.slice(i).map(day => ({ ...day, [by]: name })))
      return { body: { data, total: TOTAL, currency: 'USD', meta: META } }
    }
    const data = parts.map(([name, row]) => ({ [by]: name, ...row }))
    const truncated = by === 'user_id'
    return { body: { data, total: TOTAL, currency: 'USD', meta: { ...META, truncated } } }
  }
