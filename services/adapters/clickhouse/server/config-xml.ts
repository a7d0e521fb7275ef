// Configuration and users as XML, from data: for the embedded engine, and the users also for a ClickHouse server. Pure. The
// engine's files hold password hashes, so they exist only while it starts; it reads them once.
//
// Server settings: https://clickhouse.com/docs/operations/server-configuration-parameters/settings
// How a server merges files of users.d: https://clickhouse.com/docs/operations/configuration-files
import { createHash } from 'node:crypto'
import type { Limits } from './limits.ts'
import type { Passwords } from './passwords.ts'
import { type Constraint, DATABASE, MAX_CONCURRENT_QUERIES, type UserDefinition } from './users.ts'
import { type XmlNode, xml } from './xml.ts'

const MIB = 2 ** 20

const THIS_MACHINE = '127.0.0.1'
const ANYWHERE = '::/0'

/** What the ledger relies on, whichever server it is: infra/clickhouse/config.d says the same to a server. */
export const SHARED_SERVER_SETTINGS = {
  max_concurrent_queries: MAX_CONCURRENT_QUERIES,
  keep_alive_timeout: 10,
  // Acknowledged means on disk: without these a power cut loses the last minutes and breaks merged parts.
  merge_tree: {
    fsync_after_insert: 1,
    fsync_part_directory: 1,
    min_rows_to_fsync_after_merge: 1,
    min_compressed_bytes_to_fsync_after_merge: 1,
  },
} as const

export interface ConfigPaths {
  readonly usersFile: string
  /** Where the engine's own log goes. */
  readonly logDir: string
  /** The one place where BACKUP writes and RESTORE reads. */
  readonly backupDir: string
}

/** The server's configuration; ports, path and log level only count on the command line. */
export function configXml(paths: ConfigPaths, limits: Limits): string {
  const share = (divisor: number) => Math.floor(limits.serverBytes / divisor)
  return xml({
    clickhouse: {
      users_config: paths.usersFile,
      history_file: '/dev/null',
      // Not compressed when rotated: the sandbox lets the engine write its log but never read it.
      logger: {
        log: `${paths.logDir}/clickhouse.log`,
        errorlog: `${paths.logDir}/clickhouse.err.log`,
        size: '10M',
        count: 3,
        compress: 0,
        // The sandbox keeps threads from their own statistics, as from all of /proc/self: each would log that once.
        levels: { logger: { name: 'ThreadStatus', level: 'none' } },
      },
      backups: { allowed_path: paths.backupDir, remove_backup_files_after_failure: 1 },
      max_server_memory_usage: limits.serverBytes,
      merges_mutations_memory_usage_soft_limit: share(2),
      mark_cache_size: share(16),
      index_mark_cache_size: share(64),
      primary_index_cache_size: share(16),
      compiled_expression_cache_size: 32 * MIB,
      ...SHARED_SERVER_SETTINGS,
      max_connections: 256,
      background_pool_size: Math.min(Math.max(2, Math.floor(limits.cores / 2)), 8),
      // The default of 50 ms is most of the CPU that an idle engine takes.
      memory_worker_period_ms: 500,
    },
  })
}

/** The engine's users file: the three users of the warehouse, and the engine's own session locked down. */
export function usersXml(users: readonly UserDefinition[], passwords: Passwords): string {
  return xml({
    clickhouse: {
      profiles: {
        default: '',
        // The engine's own session logs in as `default` without a password and cannot be made to do otherwise. It holds
        // the one session this profile allows, so nobody else can come in as `default`.
        own_session: { max_sessions_for_user: 1 },
        ...profiles(users),
      },
      quotas: { default: '' },
      users: {
        default: {
          no_password: '',
          networks: { ip: THIS_MACHINE },
          profile: 'own_session',
          quota: 'default',
          grants: {
            query: ['GRANT SYSTEM LISTEN ON *.*', `GRANT CREATE DATABASE ON ${DATABASE}.*`],
          },
        },
        ...accounts(users, passwords, THIS_MACHINE),
      },
    },
  })
}

/**
 * The same three users for the `users.d` of a ClickHouse server, in place of all that its own users file has: `default`, who
 * needs no password and may do everything, is gone. They come in from any address, since services have one of their own
 * each; what keeps others out is the password. Nobody may create databases: the server makes its `default_database` itself.
 */
export function serverUsersXml(users: readonly UserDefinition[], passwords: Passwords): string {
  const content = {
    clickhouse: {
      profiles: profiles(users),
      quotas: { default: '' },
      users: { '@replace': 'replace', ...accounts(users, passwords, ANYWHERE) },
    },
  }
  return `<!-- Made by \`spendledger secrets\`, which makes it anew: passwords, limits and grants are not changed here. -->\n${xml(content, 2)}\n`
}

const profiles = (users: readonly UserDefinition[]): XmlNode & object =>
  Object.fromEntries(users.map(user => [user.name, profile(user)]))

const accounts = (users: readonly UserDefinition[], passwords: Passwords, from: string): XmlNode & object =>
  Object.fromEntries(users.map(user => [user.name, account(user, passwords[user.name], from)]))

const profile = (user: UserDefinition): XmlNode => ({
  ...user.settings,
  constraints: Object.fromEntries(
    Object.entries(user.constraints).map(([setting, constraint]) => [setting, constraintNode(constraint)]),
  ),
})

const constraintNode = (constraint: Constraint): XmlNode =>
  constraint === 'const' ? { const: '' } : { min: constraint.min, max: constraint.max }

const account = (user: UserDefinition, password: string, from: string): XmlNode => ({
  password_sha256_hex: createHash('sha256').update(password).digest('hex'),
  networks: { ip: from },
  profile: user.name,
  quota: 'default',
  default_database: DATABASE,
  grants: { query: user.grants },
})
