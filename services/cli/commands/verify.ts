// `spendledger verify`: the proof that raw events, rollups and what was read agree. Hours in which events still arrive move
// while they are compared, so these are told apart from hours that are wrong.

import { MINUTE_MS, startOfHour, toSqlTime } from '#core/hours.ts'
import type { Window } from '#core/periods.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { Finding } from '../../aggregator/verify/verify.ts'
import { CommandError } from '../errors.ts'
import { count } from '../figures.ts'
import { type Io, print } from '../io.ts'
import { plain } from '../plain.ts'
import { createProgress } from '../progress.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'
import { hoursBetween, type WindowOptions } from '../window.ts'

export interface VerifyOptions extends WindowOptions, ConfigOption {
  readonly json?: boolean
  /** Seconds that differing hours may take to be recomputed. */
  readonly wait: string
}

type Compare = typeof import('../../aggregator/verify/verify.ts')['verify']

/** Events of one call arrive this long (ms) after one another; the hour before may still get some. */
const ARRIVAL_MS = 10 * MINUTE_MS

export async function verify(io: Io, options: VerifyOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const now = io.clock.now()
  const window = hoursBetween(options, config, now, '30d')
  const [{ connectWarehouse }, { verify: compare }] = await Promise.all([
    import('../../embedded/connect.ts'),
    import('../../aggregator/verify/verify.ts'),
  ])
  const { warehouse, close } = await connectWarehouse(config, 'aggregator')
  const progress = createProgress(io)
  try {
    const patienceMs = Number(options.wait) * 1_000
    const result = await compareAll(compare, warehouse, window, now, patienceMs, text => progress.show(text))
    progress.clear()
    await print(io, options.json ? asJson(result) : asText(result))
    const { length } = result.findings
    if (length > 0)
      throw new CommandError('differences', length === 1 ? '1 difference' : `${length} differences`)
  } finally {
    progress.clear()
    await close()
  }
}

interface Result {
  readonly window: Window
  readonly hours: number
  readonly calls: bigint
  readonly findings: readonly Finding[]
  /** From here on events were still arriving, and totals did not stand still long enough to be compared; ms. */
  readonly movingFrom: number | undefined
}

/** Compares what is past, then the hours to which events may still come. */
async function compareAll(
  compare: Compare,
  warehouse: Warehouse,
  window: Window,
  now: number,
  patienceMs: number,
  say: (text: string) => void,
): Promise<Result> {
  const open = Math.max(window.from, startOfHour(now - ARRIVAL_MS))
  const reports = []
  for (const part of [
    { from: window.from, to: Math.min(open, window.to) },
    { from: open, to: window.to },
  ]) {
    if (part.from >= part.to) continue
    const onDay = (day: number) => say(`compared ${new Date(day).toISOString().slice(0, 10)}`)
    reports.push(await compare({ warehouse, ...part, patienceMs, onDay }))
  }
  const last = reports.at(-1)
  const differs = last?.from === open && last.findings.some(isTotals)
  const moving = differs && (await isArriving(warehouse, open))
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

const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')

function asText({ window, hours, calls, findings, movingFrom }: Result): string {
  const lines = findings.map(({ check, where, expected, found }) =>
    plain(`${check}: ${where}: expected ${expected}, found ${found}`),
  )
  lines.push(`${iso(window.from)} to ${iso(window.to)} UTC: ${count(calls)} calls in ${count(hours)} hours`)
  if (findings.length === 0) lines.push('raw events, rollups and the counts of what was read agree')
  if (movingFrom !== undefined) {
    lines.push(`from ${iso(movingFrom)} on events still arrive: not compared; verify again when they pause`)
  }
  return lines.join('\n')
}

const asJson = ({ window, hours, calls, findings, movingFrom }: Result): string =>
  JSON.stringify({
    from: new Date(window.from).toISOString(),
    to: new Date(window.to).toISOString(),
    hours,
    calls: calls.toString(),
    agree: findings.length === 0,
    findings,
    moving_from: movingFrom === undefined ? null : new Date(movingFrom).toISOString(),
  })
