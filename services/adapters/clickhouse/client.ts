// The Warehouse port through @clickhouse/client: the same for the embedded engine and for a ClickHouse server.
// Every statement is bounded on both sides; the server's limit comes first, so that its reason is the one reported.

import { Readable } from 'node:stream'
import { type ClickHouseSettings, createClient } from '@clickhouse/client'
import type { Parameters, Read, StatementOptions, Warehouse, WarehouseUser } from '#ports/warehouse.ts'
import { toLedgerError } from './errors.ts'
import { sessionSettings } from './session-settings.ts'
import { asTooLarge } from './too-large.ts'

export interface ClickHouseOptions {
  /** http(s)://host:port */
  readonly url: string
  readonly user: WarehouseUser
  readonly password: string
  /** The account's name at the server; default: the user's. */
  readonly account?: string
  readonly database?: string
  /** PEM; default: the certificates that Node trusts. */
  readonly ca?: string
  readonly maxConnections?: number
}

const DEFAULT_TIMEOUT_MS = 60_000

/** How much longer (ms) the client waits than the server works. */
const GRACE_MS = 5_000

/** A column that does not exist is an error, not a value that vanishes. */
const STRICT = { input_format_skip_unknown_fields: 0 } as const

/** Headers come before rows: without it they would count what was read until the first row was there. */
const COUNTED = { wait_end_of_query: 1 } as const

export function createWarehouse(options: ClickHouseOptions): Warehouse {
  const client = createClient({
    url: options.url,
    username: options.account ?? options.user,
    password: options.password,
    database: options.database ?? 'spendledger',
    application: `spendledger-${options.user}`,
    max_open_connections: options.maxConnections ?? 10,
    request_timeout: 3_600_000,
    clickhouse_settings: sessionSettings(options.user) as ClickHouseSettings,
    ...(options.ca === undefined ? {} : { tls: { ca_cert: Buffer.from(options.ca) } }),
    log: { level: 127 },
  })

  function bounded(statement: StatementOptions = {}) {
    const timeoutMs = statement.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const deadline = AbortSignal.timeout(timeoutMs + GRACE_MS)
    return {
      clickhouse_settings: {
        max_execution_time: Math.ceil(timeoutMs / 1000),
        ...statement.settings,
      } as ClickHouseSettings,
      abort_signal: statement.signal ? AbortSignal.any([deadline, statement.signal]) : deadline,
      ...(statement.params ? { query_params: bound(statement.params) } : {}),
    }
  }

  const limited = options.user === 'reader'

  return {
    user: options.user,

    command: (sql, statement) =>
      attempt(async () => {
        await client.command({ query: sql, ...bounded(statement) })
      }),

    insert: (table, columns, rows, statement) =>
      attempt(
        async () => {
          const query = `INSERT INTO ${table} (${columns.join(', ')}) FORMAT RowBinary`
          // The client's insert() takes no binary format; exec() passes the bytes through.
          const { stream } = await client.exec({
            query,
            values: Readable.from([rows], { objectMode: false }),
            ...bounded(statement),
          })
          for await (const _ of stream);
        },
        { rows: true },
      ),

    insertObjects: (table, rows, statement) =>
      attempt(
        async () => {
          const options = bounded({ ...statement, settings: { ...STRICT, ...statement?.settings } })
          await client.insert({ table, values: [...rows], format: 'JSONEachRow', ...options })
        },
        { rows: true },
      ),

    query: <Row extends object>(sql: string, statement?: StatementOptions) =>
      attempt(
        async () => {
          const { onRead } = statement ?? {}
          const settings = { ...(onRead ? COUNTED : {}), ...statement?.settings }
          const options = bounded({ ...statement, settings })
          const result = await client.query({ query: sql, format: 'JSONEachRow', ...options })
          const rows = await result.json<Row>()
          onRead?.(readOf(result.response_headers))
          return rows
        },
        { rows: false, limited },
      ),

    async ping() {
      const answer = await client.ping({ select: true, abort_signal: AbortSignal.timeout(GRACE_MS) })
      return answer.success
        ? { ok: true }
        : { ok: false, reason: toLedgerError(answer.error, { rows: false }).message }
    },

    close: () => client.close(),
  }
}

async function attempt<T>(
  statement: () => Promise<T>,
  { rows, limited = false }: { readonly rows: boolean; readonly limited?: boolean } = { rows: false },
): Promise<T> {
  try {
    return await statement()
  } catch (error) {
    throw (limited ? asTooLarge(error) : undefined) ?? toLedgerError(error, { rows })
  }
}

/** https://clickhouse.com/docs/interfaces/http: counts as decimal text, in JSON. */
function readOf(headers: Readonly<Record<string, unknown>>): Read {
  const summary: unknown = JSON.parse(String(headers['x-clickhouse-summary'] ?? '{}'))
  const { read_rows: rows = 0, read_bytes: bytes = 0 } = summary as Record<string, string>
  return { rows: Number(rows), bytes: Number(bytes) }
}

/** The client writes bigints as they are but refuses them in arrays of mixed kinds: decimal text serves all integer types. */
const bound = (params: Parameters): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  )
