// Migrations on an engine that begins empty; the tests follow one another as starts of a ledger do.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import {
  type Migration,
  migrate,
  readMigrations,
  requireSchema,
  splitStatements,
} from '#adapters/clickhouse/migrations.ts'
import { LedgerError } from '#core/errors.ts'
import { NotYet } from '#platform/wait-for.ts'
import { startEngine } from '../../support/engine.ts'

const engine = await startEngine({ after }, { migrated: false })
const writer = engine.warehouse('writer')
const ours = await readMigrations()
const names = ours.map(({ name }) => name)

const recorded = async (): Promise<string[]> => {
  const rows = await writer.query<{ name: string }>(
    'SELECT name FROM schema_migrations FINAL ORDER BY number',
  )
  return rows.map(({ name }) => name)
}

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof LedgerError && error.code === 'warehouse_refused' && message.test(error.message)

const next = (statements: readonly string[]): Migration => ({
  number: ours.length + 1,
  name: `${String(ours.length + 1).padStart(3, '0')}-next.sql`,
  statements,
  checksum: 'next',
})

const notYet = (message: RegExp) => (error: unknown) => error instanceof NotYet && message.test(error.message)

describe('migrations', () => {
  it('that nobody applied yet are waited for, by any user', async () => {
    for (const user of ['writer', 'aggregator', 'reader'] as const) {
      const asked = requireSchema(engine.warehouse(user), ours)
      await assert.rejects(asked, notYet(/it has no schema; run `spendledger migrate`/))
    }
  })

  it('go on where a kill left them, after any statement', async () => {
    for (const [index, { statements }] of ours.entries()) {
      for (const statement of statements.slice(0, Math.ceil(statements.length / 2))) {
        await writer.command(statement)
      }
      const applied = await migrate(writer, ours.slice(0, index + 1))
      assert.deepEqual(applied, [names[index]])
    }
    assert.deepEqual(await recorded(), names)
  })

  it('that were applied are applied once', async () => {
    assert.deepEqual(await migrate(writer, ours), [])
    assert.deepEqual(await recorded(), names)
  })

  it('that were edited after they had been applied are refused by name, and nothing is applied', async () => {
    const edited = ours.map(migration =>
      migration.number === 2 ? { ...migration, checksum: 'x' } : migration,
    )
    const more = next(['CREATE TABLE IF NOT EXISTS never (n Int8) ENGINE = MergeTree ORDER BY n'])
    await assert.rejects(migrate(writer, [...edited, more]), refused(/002-\S+ was edited/))
    assert.deepEqual(await recorded(), names)
  })

  it('of a newer program keep an older one from starting', async () => {
    await assert.rejects(migrate(writer, ours.slice(0, -1)), refused(/newer than this program/))
  })

  it('are all there for whoever waits for them; others are waited for, and newer ones refused', async () => {
    for (const user of ['writer', 'aggregator', 'reader'] as const) {
      await requireSchema(engine.warehouse(user), ours)
    }
    const reader = engine.warehouse('reader')
    const more = [...ours, next([])]
    await assert.rejects(
      requireSchema(reader, more),
      notYet(/its schema is \d{3}-\S+, this program needs \d{3}-next/),
    )
    await assert.rejects(requireSchema(reader, ours.slice(0, -1)), refused(/newer than this program/))
  })

  it('that fail are not recorded, and are applied when they can be', async () => {
    const table = 'CREATE TABLE IF NOT EXISTS later (n Int8) ENGINE = MergeTree ORDER BY n'
    await assert.rejects(migrate(writer, [...ours, next([table, 'SELECT nothing'])]))
    assert.deepEqual(await recorded(), names)
    const mended = next([table, 'ALTER TABLE later ADD COLUMN IF NOT EXISTS m Int8'])
    assert.deepEqual(await migrate(writer, [...ours, mended]), [mended.name])
    assert.deepEqual(await migrate(writer, [...ours, mended]), [])
  })

  it('of two processes at once do no harm', async () => {
    const two = { ...next([]), number: ours.length + 2, name: 'both.sql', checksum: 'both' }
    const statements = ['CREATE TABLE IF NOT EXISTS both (n Int8) ENGINE = MergeTree ORDER BY n']
    const all = [...ours, next([]), { ...two, statements }]
    const results = await Promise.all([migrate(writer, all), migrate(writer, all)])
    assert.ok(results.flat().includes('both.sql'))
    assert.deepEqual((await recorded()).slice(-1), ['both.sql'])
  })
})

describe('the files', () => {
  it('are read in order of their numbers, and others are left alone', async t => {
    const directory = await mkdtemp(join(tmpdir(), 'spendledger-migrations-'))
    t.after(() => rm(directory, { recursive: true }))
    for (const [name, text] of [
      ['010-b.sql', 'SELECT 10;\n'],
      ['002-a.sql', '-- two\nSELECT 2;\n\nSELECT 3\n'],
      ['notes.md', 'SELECT 4;'],
      ['2-short.sql', 'SELECT 5;'],
    ] as const) {
      await writeFile(join(directory, name), text)
    }
    const read = await readMigrations(pathToFileURL(`${directory}/`))
    assert.deepEqual(
      read.map(({ number, name, statements }) => [number, name, statements]),
      [
        [2, '002-a.sql', ['-- two\nSELECT 2', 'SELECT 3']],
        [10, '010-b.sql', ['SELECT 10']],
      ],
    )
    assert.notEqual(read[0]?.checksum, read[1]?.checksum)
  })

  it('are cut at semicolons that end a line, and nowhere else', () => {
    assert.deepEqual(splitStatements("SELECT ';' AS a, 1;  \nSELECT 2; -- b\nSELECT 3;\n-- the end\n"), [
      "SELECT ';' AS a, 1",
      'SELECT 2; -- b\nSELECT 3',
    ])
    assert.deepEqual(splitStatements('\n-- nothing\n;\n'), [])
  })
})
