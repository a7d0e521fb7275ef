// The warehouse: ClickHouse, reached as one of three users. There is one adapter (@clickhouse/client); embedded mode merely
// starts the server that it talks to.

/** A value bound to `{name:Type}` in the SQL; never spliced into the text. Dates are given as strings or ms numbers. */
export type Parameter = string | number | bigint | boolean | null | readonly Parameter[]
export type Parameters = Readonly<Record<string, Parameter>>

/** Server settings of one statement. */
export type Settings = Readonly<Record<string, string | number>>

export interface StatementOptions {
  readonly params?: Parameters
  readonly settings?: Settings
  /** The server ends the statement after this many ms; default 60,000. */
  readonly timeoutMs?: number
  /** Gives up waiting when it aborts; the statement may still take effect. */
  readonly signal?: AbortSignal
  /** Called once by a query that succeeds, before it resolves, with what it read. */
  readonly onRead?: (read: Read) => void
}

/** What a query read from its tables, found in a cache or not: the rows that it looked at and their bytes, uncompressed. */
export interface Read {
  readonly rows: number
  readonly bytes: number
}

/**
 * The three users, the same in both modes. writer: inserts events, batches, dead letters, and migrates. aggregator: reads
 * everything, writes rollups and their bookkeeping. reader: the views, read only, within limits.
 */
export type WarehouseUser = 'writer' | 'aggregator' | 'reader'

/**
 * A connection as one user. Every method rejects with a LedgerError: `warehouse_unavailable` (retryable: not reachable,
 * overloaded, timed out, out of memory or disk), `row_refused` (the data of an insert are at fault), `warehouse_refused` (the
 * statement is: syntax, a missing table) or `warehouse_denied` (account, password or rights). A query of reader that reached one of
 * reader's own limits (time, memory, rows) is `query_too_large`: the same again would reach it again. After a retryable error the
 * statement may have taken effect: repeat only what may be repeated.
 */
export interface Warehouse {
  readonly user: WarehouseUser

  /** Runs a statement that returns no rows; resolves when it has taken effect. */
  command(sql: string, options?: StatementOptions): Promise<void>

  /**
   * Inserts rows given as RowBinary, one statement, columns in this order. A row set that touches one table partition is
   * visible all at once or not at all.
   */
  insert(
    table: string,
    columns: readonly string[],
    rows: Uint8Array,
    options?: StatementOptions,
  ): Promise<void>

  /** Inserts a few rows given as objects (JSONEachRow); for bookkeeping tables. */
  insertObjects(table: string, rows: readonly object[], options?: StatementOptions): Promise<void>

  /** All rows of a query. 64-bit integers and decimals arrive as strings, so that no digit is lost. */
  query<Row extends object>(sql: string, options?: StatementOptions): Promise<Row[]>

  /** Whether a trivial statement succeeds. Never rejects. */
  ping(): Promise<{ ok: true } | { ok: false; reason: string }>

  close(): Promise<void>
}
