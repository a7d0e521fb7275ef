// The engine's configuration and users as XML, from data. Pure. The files hold password hashes, so they exist only while
// the engine starts; it reads them once.
//
// Server settings: https://clickhouse.com/docs/operations/server-configuration-parameters/settings
import { createHash } from 'node:crypto'
import type { Limits } from './limits.ts'
import type { Passwords } from './passwords.ts'
import { type Constraint, DATABASE, MAX_CONCURRENT_QUERIES, type UserDefinition } from './users.ts'

const MIB = 2 ** 20

type Node = string | number | { readonly [tag: string]: Node | readonly Node[] }

export interface ConfigPaths {
  readonly usersFile: string
  /** Where the engine's own log goes. */
  readonly logDir: string
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
      max_server_memory_usage: limits.serverBytes,
      merges_mutations_memory_usage_soft_limit: share(2),
      mark_cache_size: share(16),
      index_mark_cache_size: share(64),
      primary_index_cache_size: share(16),
      compiled_expression_cache_size: 32 * MIB,
      max_concurrent_queries: MAX_CONCURRENT_QUERIES,
      max_connections: 256,
      keep_alive_timeout: 10,
      background_pool_size: Math.min(Math.max(2, Math.floor(limits.cores / 2)), 8),
      // The default of 50 ms is most of the CPU that an idle engine takes.
      memory_worker_period_ms: 500,
      // Acknowledged means on disk: without these a power cut loses the last minutes and breaks merged parts.
      merge_tree: {
        fsync_after_insert: 1,
        fsync_part_directory: 1,
        min_rows_to_fsync_after_merge: 1,
        min_compressed_bytes_to_fsync_after_merge: 1,
      },
    },
  })
}

/** The users file: the three users of the warehouse, and the engine's own session locked down. */
export function usersXml(users: readonly UserDefinition[], passwords: Passwords): string {
  return xml({
    clickhouse: {
      profiles: {
        default: '',
        // The engine's own session logs in as `default` without a password and cannot be made to do otherwise. It holds
        // the one session this profile allows, so nobody else can come in as `default`.
        own_session: { max_sessions_for_user: 1 },
        ...Object.fromEntries(users.map(user => [user.name, profile(user)])),
      },
      quotas: { default: '' },
      users: {
        default: {
          no_password: '',
          networks: { ip: '127.0.0.1' },
          profile: 'own_session',
          quota: 'default',
          grants: {
            query: ['GRANT SYSTEM LISTEN ON *.*', `GRANT CREATE DATABASE ON ${DATABASE}.*`],
          },
        },
        ...Object.fromEntries(users.map(user => [user.name, account(user, passwords[user.name])])),
      },
    },
  })
}

const profile = (user: UserDefinition): Node => ({
  ...user.settings,
  constraints: Object.fromEntries(
    Object.entries(user.constraints).map(([setting, constraint]) => [setting, constraintNode(constraint)]),
  ),
})

const constraintNode = (constraint: Constraint): Node =>
  constraint === 'const' ? { const: '' } : { min: constraint.min, max: constraint.max }

const account = (user: UserDefinition, password: string): Node => ({
  password_sha256_hex: createHash('sha256').update(password).digest('hex'),
  networks: { ip: '127.0.0.1' },
  profile: user.name,
  quota: 'default',
  default_database: DATABASE,
  grants: { query: user.grants },
})

/** Tags may repeat: an array is one element for each item. */
function xml(node: Node): string {
  if (typeof node !== 'object') return escapeXml(String(node))
  return Object.entries(node)
    .flatMap(([tag, content]) =>
      (Array.isArray(content) ? content : [content]).map(item => [tag, item] as const),
    )
    .map(([tag, content]) => `<${tag}>${xml(content)}</${tag}>`)
    .join('')
}

const escapeXml = (text: string): string => text.replace(/[<>&'"]/g, char => `&#${char.charCodeAt(0)};`)
