// Brings the warehouse to the newest schema: numbered files, append-only, each recorded once applied. Every statement may be
// repeated, so a kill in the middle of a file is mended by the next start.

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { LedgerError } from '#core/errors.ts'
import type { Warehouse } from '#ports/warehouse.ts'

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
    if (row.number > newest) {
      throw new LedgerError(
        'warehouse_refused',
        `its schema (${row.name}) is newer than this program; upgrade spendledger`,
      )
    }
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
