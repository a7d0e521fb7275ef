// Brings the warehouse to the newest schema: numbered files, append-only, each recorded once applied. Every statement may be
// repeated, so a kill in the middle of a file is mended by the next start.

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { LedgerError } from '#core/errors.ts'
import { NotYet } from '#platform/wait-for.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { isMissing } from './errors.ts'

const DIRECTORY = new URL('../../../schemas/warehouse/', import.meta.url)

export interface Migration {
  readonly number: number
  readonly name: string
  readonly statements: readonly string[]
  /** Hash of the file: a file that was applied is never edited. */
  readonly checksum: string
}

const RECORD_SQL = `CREATE TABLE IF NOT EXISTS schema_migrations
(
  number UInt32,
  name String,
  checksum String,
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY number`

export async function readMigrations(directory: URL = DIRECTORY): Promise<Migration[]> {
  const names = (await readdir(directory)).filter(name => /^\d{3}-.*\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async name => {
      const text = await readFile(new URL(name, directory), 'utf8')
      return {
        number: Number(name.slice(0, 3)),
        name,
        statements: splitStatements(text),
        checksum: createHash('sha256').update(text).digest('hex'),
      }
    }),
  )
}

/** A statement ends with a semicolon at the end of a line; comment lines belong to the statement below them. */
export const splitStatements = (text: string): string[] =>
  text
    .split(/;[ \t]*(?:\n|$)/)
    .map(statement => statement.trim())
    .filter(statement => statement.replace(/^--.*$/gm, '').trim() !== '')

/**
 * Applies what is missing, in order; resolves with the names applied.
 * @throws LedgerError `warehouse_refused` if an applied file was edited since, or the warehouse is newer than this program
 */
export async function migrate(warehouse: Warehouse, migrations: readonly Migration[]): Promise<string[]> {
  await warehouse.command(RECORD_SQL)
  const rows = await warehouse.query<{ number: number; name: string; checksum: string }>(
    'SELECT number, name, checksum FROM schema_migrations FINAL',
  )
  const applied = new Map(rows.map(row => [row.number, row]))
  const newest = migrations.at(-1)?.number ?? 0
  for (const row of rows) {
    if (row.number > newest) throw newer(row.name)
  }
  const done: string[] = []
  for (const migration of migrations) {
    const record = applied.get(migration.number)
    if (record && record.checksum !== migration.checksum) {
      throw new LedgerError(
        'warehouse_refused',
        `migration ${record.name} was edited after it had been applied`,
      )
    }
    if (record) continue
    for (const statement of migration.statements) await warehouse.command(statement)
    const { number, name, checksum } = migration
    await warehouse.insertObjects('schema_migrations', [{ number, name, checksum }])
    done.push(name)
  }
  return done
}

/** A stop does not wait for longer than that. */
const ASK_MS = 10_000

/**
 * Resolves if the warehouse has the schema of this program. Any user may ask: who starts services need not be able to migrate.
 * @throws NotYet that names the command which brings it; LedgerError `warehouse_refused` if the warehouse is newer
 */
export async function requireSchema(warehouse: Warehouse, migrations: readonly Migration[]): Promise<void> {
  const needed = migrations.at(-1)
  const applied = await newestApplied(warehouse)
  if (!needed || applied?.number === needed.number) return
  if (applied && applied.number > needed.number) throw newer(applied.name)
  const state = applied
    ? `its schema is ${applied.name}, this program needs ${needed.name}`
    : 'it has no schema'
  throw new NotYet(`${state}; run \`spendledger migrate\``)
}

async function newestApplied(warehouse: Warehouse): Promise<{ number: number; name: string } | undefined> {
  try {
    const [newest] = await warehouse.query<{ number: number; name: string }>(
      'SELECT number, name FROM v_schema ORDER BY number DESC LIMIT 1',
      { timeoutMs: ASK_MS },
    )
    return newest
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const newer = (name: string): LedgerError =>
  new LedgerError('warehouse_refused', `its schema (${name}) is newer than this program; upgrade spendledger`)
