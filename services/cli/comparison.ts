// The comparison behind `spendledger verify`. Hours in which events still arrive move while they are compared, and are told
// apart from hours that are wrong: a proof that fails whenever traffic flows is one that nobody runs.

import { MINUTE_MS, startOfHour, toSqlTime } from '#core/hours.ts'
import type { Window } from '#core/periods.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { Finding, VerifyOptions, VerifyReport } from '../aggregator/verify/verify.ts'

/** Events arrive up to this long (ms) after they happened, as a rule: the hour before may still get some. */
const ARRIVAL_MS = 10 * MINUTE_MS

export interface Comparison {
  readonly window: Window
  readonly hours: number
  readonly calls: bigint
  readonly findings: readonly Finding[]
  /** From here on events were still arriving, and totals did not stand still long enough to be compared; ms. */
  readonly movingFrom: number | undefined
}

export interface ComparisonOptions extends Pick<VerifyOptions, 'warehouse' | 'patienceMs' | 'onCompared'> {
  /** Whole hours, ms. */
  readonly window: Window
  readonly now: number
}

/** Compares what is past, then the hours to which events may still come. */
export async function compareAll(
  compare: (options: VerifyOptions) => Promise<VerifyReport>,
  options: ComparisonOptions,
): Promise<Comparison> {
  const { window, now, ...rest } = options
  const open = Math.max(window.from, startOfHour(now - ARRIVAL_MS))
  const reports: VerifyReport[] = []
  for (const part of [
    { from: window.from, to: Math.min(open, window.to) },
    { from: open, to: window.to },
  ]) {
    if (part.from < part.to) reports.push(await compare({ ...rest, ...part }))
  }
  const last = reports.at(-1)
  const differs = last?.from === open && last.findings.some(isTotals)
  const moving = differs && (await isArriving(options.warehouse, open))
  const trusted = moving ? reports.slice(0, -1) : reports
  return {
    window,
    hours: trusted.reduce((sum, report) => sum + report.hoursCompared, 0),
    calls: trusted.reduce((sum, report) => sum + report.calls, 0n),
    findings: unique(reports.flatMap(({ findings }) => findings)).filter(
      finding => !(moving && last.findings.includes(finding) && isTotals(finding)),
    ),
    movingFrom: moving ? open : undefined,
  }
}

const isTotals = ({ check }: Finding): boolean => check === 'totals'

/** Every report holds the checks of the batches, which know no hours. */
const unique = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.map(finding => [`${finding.check} ${finding.where}`, finding])).values(),
]

async function isArriving(warehouse: Warehouse, since: number): Promise<boolean> {
  const [row] = await warehouse.query<{ arrived: string }>(
    `SELECT count() AS arrived FROM usage_events
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND inserted_at >= now64(3) - INTERVAL 10 SECOND`,
    { params: { since: toSqlTime(since) } },
  )
  return row !== undefined && row.arrived !== '0'
}
