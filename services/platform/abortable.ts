// A warehouse whose statements end when a signal says so: a stop must not wait for a server that hangs. What was under way
// may still take effect there; everything that is written this way may be repeated.

import type { StatementOptions, Warehouse } from '#ports/warehouse.ts'

export function abortable(warehouse: Warehouse, signal: AbortSignal): Warehouse {
  const bounded = (options?: StatementOptions): StatementOptions => ({ ...options, signal })
  return {
    ...warehouse,
    command: (sql, options) => warehouse.command(sql, bounded(options)),
    insert: (table, columns, rows, options) => warehouse.insert(table, columns, rows, bounded(options)),
    insertObjects: (table, rows, options) => warehouse.insertObjects(table, rows, bounded(options)),
    query: (sql, options) => warehouse.query(sql, bounded(options)),
  }
}
