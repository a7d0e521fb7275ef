// `spendledger user ID`, `feature NAME`, `model NAME`, `tenant ID`: what one of them cost this month, what that comes to, how it
// went by day and what it is made of, on one screen.

import type { CalendarUnit } from '#core/zones.ts'
import type { Config } from '#platform/config.ts'
import {
  type CostAnswer,
  type CostRow,
  coverageLine,
  type Meta,
  NONE,
  unknownLines,
  windowText,
} from '../answers.ts'
import { unitFor } from '../buckets.ts'
import { CommandError } from '../errors.ts'
import { json, type Query } from '../http.ts'
import { type Io, print } from '../io.ts'
import { queryOf, type ReadOptions } from '../options.ts'
import { passThrough } from '../pass-through.ts'
import { plain } from '../plain.ts'
import { projectionStart, projectMonth } from '../projection.ts'
import { loadSettings } from '../settings.ts'
import { courseLine, factLines, partTable } from '../subject-text.ts'
import { SUBJECTS, type Subject, type SubjectName } from '../subjects.ts'

/** Rows of each table. */
const PARTS = '5'

export async function subject(io: Io, kind: SubjectName, name: string, options: ReadOptions): Promise<void> {
  const described: Subject = SUBJECTS[kind]
  if (options[described.option] !== undefined) {
    throw new CommandError('wrong_usage', `--${described.option} names another one; give one of both`)
  }
  const config = await loadSettings(io, options)
  const query = {
    ...queryOf(options),
    from: options.from ?? (options.to === undefined ? 'month' : undefined),
    [described.column]: name,
  }
  const compared = { ...query, compare: 'previous' }
  const asked = { ...compared, metrics: described.metrics }
  if (await passThrough(io, config, '/v1/costs', asked, options)) return

  const answer = await json<CostAnswer>(io, config, '/v1/costs', { query: asked })
  const { total, meta } = answer
  const title = `${kind} ${name === '' ? NONE : name}, ${windowText(meta, io.clock.now())}`
  if (String(total.calls) === '0')
    return print(io, [plain(`${title}: no calls`), ...unknownLines(meta)].join('\n'))

  const runs = query.from === 'month' && options.to === undefined
  const [series, ...parts] = await Promise.all([
    readSeries(io, config, { query, meta, back: runs }),
    ...described.parts.map(part =>
      json<CostAnswer>(io, config, '/v1/costs', { query: { ...compared, group_by: part, limit: PARTS } }),
    ),
  ])
  const now = io.clock.now()
  const monthEnd = runs
    ? projectMonth({ soFar: total.cost_usd, days: series.rows, zone: meta.tz, now })
    : undefined
  await print(io, `${plain(title)}\n`)
  await print(io, factLines(io, answer, { monthEnd, sameTime: runs }))
  await print(io, `\n${courseLine(io, series, meta)}`)
  for (const [i, part] of parts.entries()) {
    await print(io, `\n${partTable(io, described.parts[i] ?? '', part)}`)
  }
  await print(io, `\n${coverageLine(io, meta)}`)
}

/** @param asked.back whether the days are needed that a projection is made of, too */
async function readSeries(
  io: Io,
  config: Config,
  { query, meta, back }: { readonly query: Query; readonly meta: Meta; readonly back: boolean },
): Promise<{ readonly unit: CalendarUnit; readonly rows: readonly CostRow[] }> {
  const unit = back ? 'day' : unitFor(meta)
  const start = Date.parse(meta.from)
  const from = back ? Math.min(start, projectionStart(meta.tz, io.clock.now())) : start
  const { data } = await json<CostAnswer>(io, config, '/v1/costs/timeseries', {
    query: { ...query, granularity: unit, from: new Date(from).toISOString(), to: meta.to },
  })
  return { unit, rows: data }
}
