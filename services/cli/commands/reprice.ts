// `spendledger reprice`: prices stored events again with the book of this program, after it has shown what that changes. It may
// run beside everything else, and again at any time.

import { randomUUID } from 'node:crypto'
import { oldestAccepted } from '#core/accepted-times.ts'
import { HOUR_MS } from '#core/hours.ts'
import { formatPicos } from '#core/money.ts'
import type { BookIdentity } from '../../consumer/book-version.ts'
import type { NewestBook } from '../../consumer/reprice/newest-book.ts'
import type { RepriceLine, RepriceReport, RepriceSums } from '../../consumer/reprice/report.ts'
import type { RepriceScope, RunOptions } from '../../consumer/reprice/scope.ts'
import { CommandError } from '../errors.ts'
import { count, counted, usd } from '../figures.ts'
import { type Io, note, print } from '../io.ts'
import { createProgress } from '../progress.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'
import { type Column, table } from '../table.ts'
import { hoursBetween, type WindowOptions } from '../window.ts'

export interface RepriceOptions extends WindowOptions, ConfigOption {
  readonly provider?: string
  readonly model?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

export async function reprice(io: Io, options: RepriceOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const [
    { connectWarehouse },
    { identityOf, registerBook },
    { findNewest, isSameBook },
    { reprice: run },
    { readPricing },
    { readDroppedBefore },
    { createLogger },
    { canonicalProvider },
  ] = await Promise.all([
    import('../../embedded/connect.ts'),
    import('../../consumer/book-version.ts'),
    import('../../consumer/reprice/newest-book.ts'),
    import('../../consumer/reprice/reprice.ts'),
    import('#platform/price-books.ts'),
    import('#platform/dropped-before.ts'),
    import('#platform/log.ts'),
    import('#core/providers.ts'),
  ])
  const pricing = await readPricing(config.prices)
  const { book } = pricing
  const log = createLogger({ level: config.logLevel, format: config.logFormat, service: 'cli' })
  const { warehouse, close } = await connectWarehouse(config, 'writer')
  const progress = createProgress(io)
  try {
    const now = io.clock.now()
    const notBefore = await readDroppedBefore(warehouse)
    const floor = oldestAccepted({ now, retentionDays: config.rawRetentionDays, notBefore })
    const ahead = new Date(now + 2 * HOUR_MS).toISOString()
    const given = { ...options, to: options.to ?? ahead }
    const window = hoursBetween(given, config, now, new Date(floor).toISOString())
    const scope: RepriceScope = {
      from: Math.max(window.from, floor),
      to: window.to,
      ...(options.provider === undefined ? {} : { provider: canonicalProvider(options.provider) }),
      ...(options.model === undefined ? {} : { model: options.model }),
    }
    const identity = identityOf(pricing)
    const newest = await findNewest(warehouse)
    const inForce = newest === undefined || isSameBook(newest, identity)
    if (!inForce && !options.dryRun) throw notInForce(newest, identity, book.hash)
    if (!inForce)
      await note(io, 'these are not the prices that services use: SPENDLEDGER_PRICES says which they are')
    // A dry run gives out no number: what has none yet is compared as if it had the next.
    const next = (newest?.sequence ?? 0) + (newest && inForce ? 0 : 1)
    const sequence = options.dryRun ? next : await registerBook(warehouse, identity, book)
    const context = { warehouse, pricing: { book, sequence }, log }
    const shown: Pick<RunOptions, 'by' | 'onProgress'> = {
      by: 'cli',
      onProgress: ({ day, examined, changed }) =>
        progress.show(`${iso(day)}: ${count(examined)} looked at, ${count(changed)} with another price`),
    }
    const difference = await run(context, randomUUID(), scope, { ...shown, dryRun: true })
    progress.clear()
    if (!options.json) await print(io, asText(io, difference))
    const written = options.dryRun ? undefined : await run(context, randomUUID(), scope, shown)
    progress.clear()
    if (options.json) await print(io, asJson(written ?? difference, scope, written !== undefined))
    else if (written)
      await note(
        io,
        written.total.events === 0
          ? 'nothing to reprice'
          : `repriced ${counted(written.total.events, 'event')}; totals follow within seconds`,
      )
  } finally {
    progress.clear()
    await close()
  }
}

/** Repricing with other prices than the services have would change every total, and back again when they start anew. */
function notInForce(newest: NewestBook, own: BookIdentity, hash: string): CommandError {
  const other =
    newest.effectiveHash === hash
      ? `price_book_version ${hash} is in force as read by version ${newest.normaliserVersion} of the program's normalisers, and this command has version ${own.normaliserVersion}`
      : `price_book_version ${newest.effectiveHash} is in force (number ${newest.sequence}), and this command has ${hash}`
  return new CommandError(
    'wrong_configuration',
    `${other}: give it the SPENDLEDGER_PRICES of the running services, or put these prices into the file that they watch, and they reprice by themselves; --dry-run shows what would change`,
  )
}

const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

const right = (head: string): Column => ({ head, align: 'right' })

const COLUMNS: readonly Column[] = [
  { head: 'day' },
  { head: 'provider' },
  { head: 'model' },
  right('events'),
  right('before'),
  right('after'),
  right('change'),
  right('unpriced before'),
  right('unpriced after'),
]

function asText(io: Io, { lines, total, examined }: RepriceReport): string {
  if (lines.length === 0) return `no event has another price (${count(examined)} looked at)`
  const rows = lines.map(line => [iso(line.day), line.provider, line.model, ...figures(line)])
  return table(io, COLUMNS, [...rows, ['total', '', '', ...figures(total)]])
}

/** What has no price is not free. */
const UNPRICED = 'unpriced'

const figures = (sums: RepriceSums): string[] => [
  count(sums.events),
  sums.unpricedBefore === sums.events ? UNPRICED : usd(formatPicos(sums.before)),
  sums.unpricedAfter === sums.events ? UNPRICED : usd(formatPicos(sums.after)),
  usd(difference(sums)),
  count(sums.unpricedBefore),
  count(sums.unpricedAfter),
]

/** USD, with a sign where it is less. */
function difference({ before, after }: RepriceSums): string {
  return after >= before ? formatPicos(after - before) : `-${formatPicos(before - after)}`
}

const asJson = (
  { runId, examined, total, lines }: RepriceReport,
  scope: RepriceScope,
  written: boolean,
): string =>
  JSON.stringify({
    run_id: runId,
    written,
    from: new Date(scope.from).toISOString(),
    to: new Date(scope.to).toISOString(),
    examined,
    ...sumsAsJson(total),
    changes: lines.map((line: RepriceLine) => ({
      day: iso(line.day),
      provider: line.provider,
      model: line.model,
      ...sumsAsJson(line),
    })),
  })

const sumsAsJson = (sums: RepriceSums) => ({
  events: sums.events,
  old_cost_usd: formatPicos(sums.before),
  new_cost_usd: formatPicos(sums.after),
  change_usd: difference(sums),
  old_unpriced: sums.unpricedBefore,
  new_unpriced: sums.unpricedAfter,
})
