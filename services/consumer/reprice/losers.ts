// Copies of an event that differ in time or attribution stay visible until the aggregator hides all but the best. Only the best
// is priced again: it rises above its twins, which were below it already, so no copy ever overtakes another.

import { groupBy } from '#core/group-by.ts'
import { fromSqlTime, HOUR_MS, MINUTE_MS, TWIN_WINDOW_MS, toSqlTime } from '#core/hours.ts'
import { type RepriceContext, SCAN_TIMEOUT_MS } from './scope.ts'

export interface CopyKey {
  readonly event_id: string
  /** As the warehouse answers it. */
  readonly occurred_at: string
  readonly feature: string
  readonly tenant_id: string
}

interface Copy extends CopyKey {
  readonly version: string
}

/** Twins of twins may reach out further than one window. */
const AROUND_MS = 2 * HOUR_MS

const TWINS_SQL = `SELECT event_id, occurred_at, feature, tenant_id, version
FROM usage_events FINAL
WHERE occurred_at >= {from:DateTime64(3, 'UTC')} - INTERVAL ${AROUND_MS / MINUTE_MS} MINUTE
  AND occurred_at < {to:DateTime64(3, 'UTC')} + INTERVAL ${AROUND_MS / MINUTE_MS} MINUTE
  AND event_id IN
  (
    SELECT event_id FROM usage_events FINAL
    WHERE occurred_at >= {from:DateTime64(3, 'UTC')} - INTERVAL ${TWIN_WINDOW_MS / MINUTE_MS} MINUTE
      AND occurred_at < {to:DateTime64(3, 'UTC')} + INTERVAL ${TWIN_WINDOW_MS / MINUTE_MS} MINUTE
    GROUP BY event_id HAVING count() > 1
  )`

export const keyOf = ({ event_id, occurred_at, feature, tenant_id }: CopyKey): string =>
  [event_id, occurred_at, feature, tenant_id].join('\n')

/** Keys of visible copies in [from, to) that are not the best of their twins. */
export async function findLosers(
  { warehouse }: RepriceContext,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<ReadonlySet<string>> {
  const params = { from: toSqlTime(from), to: toSqlTime(to) }
  const copies = await warehouse.query<Copy>(TWINS_SQL, { params, timeoutMs: SCAN_TIMEOUT_MS })
  const losers = new Set<string>()
  for (const event of groupBy(copies, copy => copy.event_id).values()) {
    for (const twins of twinsOf(event)) {
      const best = twins.reduce((a, b) => (beats(a, b) ? a : b))
      for (const copy of twins) if (copy !== best) losers.add(keyOf(copy))
    }
  }
  return losers
}

/** Copies of one event, parted where more than the window lies between two of them. */
function twinsOf(copies: readonly Copy[]): Copy[][] {
  const sorted = copies.toSorted((a, b) => fromSqlTime(a.occurred_at) - fromSqlTime(b.occurred_at))
  const groups: Copy[][] = []
  let last = Number.NEGATIVE_INFINITY
  for (const copy of sorted) {
    const at = fromSqlTime(copy.occurred_at)
    if (at - last > TWIN_WINDOW_MS) groups.push([copy])
    else groups.at(-1)?.push(copy)
    last = at
  }
  return groups
}

/** The order of the aggregator: version, then earlier time, then greater feature, then greater tenant. */
function beats(a: Copy, b: Copy): boolean {
  if (a.version !== b.version) return BigInt(a.version) > BigInt(b.version)
  if (a.occurred_at !== b.occurred_at) return a.occurred_at < b.occurred_at
  const byFeature = Buffer.compare(Buffer.from(a.feature), Buffer.from(b.feature))
  if (byFeature !== 0) return byFeature > 0
  return Buffer.compare(Buffer.from(a.tenant_id), Buffer.from(b.tenant_id)) > 0
}
