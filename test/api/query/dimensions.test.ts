import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { FEATURE_DIMENSIONS, USER_DIMENSIONS } from '#core/columns.ts'
import { ROLLUP_TABLES } from '../../../services/aggregator/rollup-tables.ts'
import { COLUMN_DIMENSIONS, dimensionOf } from '../../../services/api/query/dimensions.ts'
import { sourceFor } from '../../../services/api/query/sources.ts'

const aligned = [{ from: 0, to: 900_000 }]

const viewFor = (...names: string[]): string =>
  sourceFor(
    names.map(name => {
      const dimension = dimensionOf(name)
      assert.ok(dimension, name)
      return dimension
    }),
    [],
    aligned,
  ).view

describe('dimensions', () => {
  it('are what the rollups keep', () => {
    const kept = (name: string) => ROLLUP_TABLES.find(table => table.name === name)?.dimensions
    assert.deepEqual([...FEATURE_DIMENSIONS].sort(), [...(kept('usage_by_feature') ?? [])].sort())
    assert.deepEqual([...USER_DIMENSIONS].sort(), [...(kept('usage_by_user') ?? [])].sort())
  })

  it('are plain column names of v_events', () => {
    const views = readFileSync(new URL('../../../schemas/warehouse/004-views.sql', import.meta.url), 'utf8')
    const events = views.slice(views.indexOf('v_events'), views.indexOf('v_costs_15m'))
    for (const name of COLUMN_DIMENSIONS) {
      assert.match(name, /^[a-z_]+$/)
      assert.match(events, new RegExp(`\\b${name}\\b`), name)
    }
  })

  it('all stand in the documentation', () => {
    const docs = readFileSync(new URL('../../../docs/http.md', import.meta.url), 'utf8')
    for (const name of COLUMN_DIMENSIONS) assert.ok(docs.includes(`\`${name}\``), name)
  })

  it('choose the cheapest view that keeps them all', () => {
    assert.equal(viewFor(), 'v_costs_15m')
    assert.equal(viewFor('feature', 'model'), 'v_costs_15m')
    assert.equal(viewFor('feature', 'tenant_id'), 'v_user_costs_15m')
    assert.equal(viewFor('user_id', 'environment'), 'v_events')
    assert.equal(viewFor('tag.x'), 'v_events')
  })

  it('a tag has a key, and any', () => {
    assert.deepEqual(dimensionOf("tag.it's"), { name: "tag.it's", kind: 'text', tag: "it's" })
    assert.equal(dimensionOf('tag.'), undefined)
    assert.equal(dimensionOf('tags'), undefined)
    assert.equal(dimensionOf('constructor'), undefined)
  })
})
