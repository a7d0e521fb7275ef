// What each user of the warehouse may do, as data: the embedded engine gets it as XML. This is the wall between people
// who type SQL and the ledger: whatever is granted here to reader, anyone with the reader's password can do.
//
// Settings and constraints: https://clickhouse.com/docs/operations/settings/constraints-on-settings
// Grants: https://clickhouse.com/docs/sql-reference/statements/grant
import type { WarehouseUser } from '#ports/warehouse.ts'
import { INSERT_SETTINGS, SESSION_SETTINGS } from '../session-settings.ts'
import type { Limits } from './limits.ts'

export const DATABASE = 'spendledger'

/** `const` forbids any other value. A range also keeps out 0, which means "without limit" to the server. */
export type Constraint = 'const' | { readonly min: number; readonly max: number }

export interface UserDefinition {
  readonly name: WarehouseUser
  readonly settings: Readonly<Record<string, string | number>>
  readonly constraints: Readonly<Record<string, Constraint>>
  readonly grants: readonly string[]
}

/** Seconds; the longest that a reader's query may run. */
const READER_SECONDS = 60
const READER_ROWS = 10_000_000

/** All users together; the server refuses what is beyond, whoever asks. */
export const MAX_CONCURRENT_QUERIES = 64

/**
 * Outside SQL and our own API, which is a reader as well, share these. The 16 that are left are for writer and
 * aggregator: no number of readers makes the server refuse an insert or a recompute.
 */
const READER_CONCURRENT_QUERIES = 48

/** Defaults of servers differ with version and mode, so what answers depend on is said here, for every client. */
const SHARED_SETTINGS = {
  ...SESSION_SETTINGS,
  allow_introspection_functions: 0,
  implicit_select: 0,
  // Errors over the native protocol otherwise bring the engine's stack.
  calculate_text_stack_trace: 0,
} as const

const INSERTING_SETTINGS = { ...SHARED_SETTINGS, ...INSERT_SETTINGS } as const

const SYSTEM_GRANTS = ['parts', 'merges', 'mutations'].map(table => `GRANT SELECT ON system.${table}`)

/** Views are created with `DEFINER = CURRENT_USER SQL SECURITY DEFINER`, so they read with the writer's rights. */
const writer: UserDefinition = {
  name: 'writer',
  settings: INSERTING_SETTINGS,
  constraints: {},
  grants: [
    `GRANT SELECT, INSERT ON ${DATABASE}.*`,
    // Migrations: additive, and views are replaced. Tables cannot be dropped.
    `GRANT CREATE TABLE, CREATE VIEW, DROP VIEW ON ${DATABASE}.*`,
    // CREATE OR REPLACE makes the new view under such a name and exchanges the two.
    `GRANT DROP TABLE ON ${DATABASE}._tmp_replace_*`,
    `GRANT ALTER ADD COLUMN, ALTER MODIFY COLUMN, ALTER COMMENT COLUMN, ALTER INDEX ON ${DATABASE}.*`,
    `GRANT ALTER SETTINGS, ALTER TTL, ALTER MODIFY COMMENT, ALTER VIEW ON ${DATABASE}.*`,
    // Forcing a merge by hand.
    `GRANT OPTIMIZE ON ${DATABASE}.*`,
    // Retention drops whole partitions; people's data is deleted on request.
    `GRANT ALTER DELETE ON ${DATABASE}.*`,
    'GRANT TABLE ENGINE ON MergeTree',
    'GRANT TABLE ENGINE ON ReplacingMergeTree',
    ...SYSTEM_GRANTS,
  ],
}

const AGGREGATOR_TABLES = [
  'usage_events',
  'usage_by_feature',
  'usage_by_user',
  'rollup_runs',
  'rollup_changes',
  'ingest_batches',
  'watermarks',
] as const

const aggregator = (limits: Limits): UserDefinition => ({
  name: 'aggregator',
  settings: {
    ...INSERTING_SETTINGS,
    max_memory_usage: limits.aggregatorQueryBytes,
    max_bytes_before_external_group_by: Math.floor(limits.aggregatorQueryBytes / 2),
    max_bytes_before_external_sort: Math.floor(limits.aggregatorQueryBytes / 2),
  },
  constraints: {},
  grants: [
    `GRANT SELECT ON ${DATABASE}.*`,
    ...AGGREGATOR_TABLES.map(table => `GRANT INSERT ON ${DATABASE}.${table}`),
    // DROP PARTITION, for retention.
    `GRANT ALTER DELETE ON ${DATABASE}.usage_events`,
    ...SYSTEM_GRANTS,
  ],
})

const reader = (limits: Limits): UserDefinition => ({
  name: 'reader',
  settings: {
    ...SHARED_SETTINGS,
    // 2, not 1: clients send settings of their own with every query, and 1 would refuse them.
    readonly: 2,
    allow_ddl: 0,
    max_execution_time: READER_SECONDS,
    timeout_overflow_mode: 'throw',
    max_result_rows: READER_ROWS,
    max_threads: limits.cores,
    max_final_threads: limits.cores,
    max_memory_usage: limits.readerQueryBytes,
    max_memory_usage_for_user: limits.readerBytes,
    max_untracked_memory: 4_194_304,
    max_bytes_before_external_group_by: Math.floor(limits.readerQueryBytes / 2),
    max_bytes_before_external_sort: Math.floor(limits.readerQueryBytes / 2),
    max_temporary_data_on_disk_size_for_user: limits.spillBytes,
    max_concurrent_queries_for_user: READER_CONCURRENT_QUERIES,
  },
  constraints: {
    readonly: 'const',
    allow_ddl: 'const',
    allow_introspection_functions: 'const',
    do_not_merge_across_partitions_select_final: 'const',
    use_skip_indexes_if_final_exact_mode: 'const',
    max_execution_time: { min: 1, max: READER_SECONDS },
    timeout_overflow_mode: 'const',
    max_result_rows: { min: 1, max: READER_ROWS },
    max_threads: { min: 1, max: limits.cores },
    max_final_threads: { min: 1, max: limits.cores },
    max_memory_usage: { min: 1, max: limits.readerQueryBytes },
    max_memory_usage_for_user: 'const',
    // What a thread allocates before it is counted: without a cap, memory limits could be set aside.
    max_untracked_memory: 'const',
    max_temporary_data_on_disk_size_for_user: 'const',
    max_concurrent_queries_for_user: 'const',
  },
  // Only views. A view runs with its creator's rights, so the tables behind it stay out of reach.
  grants: [`GRANT SELECT ON ${DATABASE}.v_*`],
})

/** Of a server, whose BACKUP may reach object stores, an administrator makes backups. The embedded one writes to one directory. */
export const EMBEDDED_WRITER_GRANTS: readonly string[] = [`GRANT BACKUP ON ${DATABASE}.*`]

/** The three users, the same for the embedded engine and for a server. */
export const warehouseUsers = (limits: Limits): readonly UserDefinition[] => [
  writer,
  aggregator(limits),
  reader(limits),
]
