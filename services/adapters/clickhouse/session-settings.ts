// The settings that answers and correctness hang on. They are sent with every statement, because the account of a ClickHouse
// server has whatever profile its owner gave it; the embedded engine's users have the same ones, for clients of other makes.
// https://clickhouse.com/docs/operations/settings/settings

import type { WarehouseUser } from '#ports/warehouse.ts'

/** Of every statement. */
export const SESSION_SETTINGS = {
  session_timezone: 'UTC',
  // FINAL inside of day partitions only: an event's copies share its day, and without it FINAL reads months together.
  do_not_merge_across_partitions_select_final: 1,
  // An index may leave out the rows that hold an event's better copy: of another user, say. FINAL looks for them all the same.
  use_skip_indexes_if_final: 1,
  use_skip_indexes_if_final_exact_mode: 1,
  // JSON numbers lose digits beyond 2^53 and of decimals.
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  // A client that hangs up ends its query instead of leaving it to run.
  cancel_http_readonly_queries_on_client_close: 1,
} as const

/** Of every statement of those who insert. */
export const INSERT_SETTINGS = {
  // An insert is acknowledged when its part is written, not when it is queued.
  async_insert: 0,
  // The tables' keys make repeats harmless; dropping a block because its bytes came before could only lose data.
  insert_deduplicate: 0,
  // A batch may touch as many day partitions as raw events are kept; the default of 100 would refuse a backfill.
  max_partitions_per_insert_block: 1_000,
} as const

/** How our own statements write times: ISO 8601. */
const CLIENT_SETTINGS = { date_time_input_format: 'best_effort' } as const

/** What the client sends. A constraint of the account allows a setting that says what its profile says already. */
export const sessionSettings = (user: WarehouseUser): Readonly<Record<string, string | number>> => ({
  ...SESSION_SETTINGS,
  ...CLIENT_SETTINGS,
  ...(user === 'reader' ? {} : INSERT_SETTINGS),
})
