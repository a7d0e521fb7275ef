// Rows into a table, in one insert where that is possible. A row that the warehouse refuses is found by bisection, so that its
// neighbours are stored. A wrong verdict is expensive either way: good rows put aside, or a bad one that stops everything.

import { LedgerError } from '#core/errors.ts'
import type { Settings } from '#ports/warehouse.ts'
import type { ConsumerContext } from './context.ts'

export interface Target<T> {
  /** Names the action in the log: "insert rows" */
  readonly what: string
  readonly table: string
  readonly columns: readonly string[]
  readonly settings: Settings
  /**
   * Neighbours among the entries as RowBinary. May throw on a value that no column can hold: such a row is found like one
   * that the warehouse refuses.
   */
  readonly encode: (entries: readonly T[]) => Uint8Array
}

export interface Settled<T> {
  readonly stored: T[]
  readonly refused: { readonly entry: T; readonly error: LedgerError }[]
}

/** If more rows than this are refused and not one is taken, it is not the rows. */
const FEW = 20

/**
 * Resolves when each entry is stored or known to be refused. As long as the table refuses all of many rows, it waits and tries
 * again; rejects only when the service stops.
 */
export const storeRows = <T>(
  context: ConsumerContext,
  target: Target<T>,
  entries: readonly T[],
): Promise<Settled<T>> =>
  context.persist(target.what, async () => {
    const settled: Settled<T> = { stored: [], refused: [] }
    await insertOrBisect(context, target, entries, settled)
    if (settled.stored.length === 0) checkTable(context, target, settled)
    return settled
  })

async function insertOrBisect<T>(
  context: ConsumerContext,
  target: Target<T>,
  entries: readonly T[],
  settled: Settled<T>,
): Promise<void> {
  const [first] = entries
  if (first === undefined) return
  const error = await insert(context, target, entries)
  if (!error) {
    for (const entry of entries) settled.stored.push(entry)
  } else if (entries.length > 1) {
    const middle = entries.length >> 1
    await insertOrBisect(context, target, entries.slice(0, middle), settled)
    await insertOrBisect(context, target, entries.slice(middle), settled)
  } else {
    // A body that was cut off on its way is refused like a bad row, but hardly twice.
    const again = await insert(context, target, entries)
    if (again) settled.refused.push({ entry: first, error: again })
    else settled.stored.push(first)
  }
}

/** Resolves with the refusal, if the rows are at fault. */
async function insert<T>(
  context: ConsumerContext,
  { what, table, columns, settings, encode }: Target<T>,
  entries: readonly T[],
): Promise<LedgerError | undefined> {
  try {
    const rows = encodeOrRefuse(encode, entries)
    await context.persist(what, () => context.warehouse.insert(table, columns, rows, { settings }))
    return undefined
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'row_refused') return error
    throw error
  }
}

function encodeOrRefuse<T>(encode: Target<T>['encode'], entries: readonly T[]): Uint8Array {
  try {
    return encode(entries)
  } catch (error) {
    throw new LedgerError('row_refused', String(error), { cause: error })
  }
}

/** A row that cannot even be written says nothing about the table. */
function checkTable<T>(
  context: ConsumerContext,
  { table, encode }: Target<T>,
  { refused }: Settled<T>,
): void {
  if (refused.length <= FEW) return
  const byTable = refused.filter(({ entry }) => isWritable(encode, entry))
  const [first] = byTable
  if (!first || byTable.length <= FEW) return
  context.complain.error(
    `table ${table}`,
    { err: first.error, table, rows: byTable.length },
    `${table} refuses every row: the table is at fault, not the rows; they wait until it is repaired`,
  )
  throw new LedgerError('warehouse_refused', `${table} refuses every row`, { cause: first.error })
}

function isWritable<T>(encode: Target<T>['encode'], entry: T): boolean {
  try {
    encode([entry])
    return true
  } catch {
    return false
  }
}
