// The queries of docs/sql.md run, and every view that a reader has is named there.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { startEngine } from '../support/engine.ts'

const engine = await startEngine({ after })
const page = readFileSync(new URL('../../docs/sql.md', import.meta.url), 'utf8')
const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(match => match[1] ?? '')

describe('docs/sql.md', () => {
  const reader = engine.warehouse('reader')

  it('has queries that a reader can run', async () => {
    assert.ok(queries.length >= 4)
    for (const query of queries) assert.deepEqual(await reader.query(query), [], query)
  })

  it('names every view', async () => {
    const views = await reader.query<{ name: string }>(
      'SELECT name FROM system.tables WHERE database = currentDatabase()',
    )
    assert.deepEqual(
      views.map(({ name }) => name).filter(name => !page.includes(`\`${name}\``)),
      [],
    )
    assert.ok(views.length >= 12)
  })
})
