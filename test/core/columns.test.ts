import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TOKEN_COLUMN, TOKEN_COLUMNS } from '#core/columns.ts'
import { noTokens } from '#core/tokens.ts'

describe('the token columns', () => {
  it('are one for each bucket, so that no token is without a column', () => {
    assert.deepEqual(Object.keys(TOKEN_COLUMN).sort(), Object.keys(noTokens()).sort())
  })

  it('are told apart by name', () => {
    assert.equal(new Set(TOKEN_COLUMNS).size, Object.keys(TOKEN_COLUMN).length)
    assert.ok(TOKEN_COLUMNS.every(name => name.endsWith('_tokens')))
  })

  it('leave the names of the totals to the totals', () => {
    assert.ok(!TOKEN_COLUMNS.includes('input_tokens'))
    assert.ok(!TOKEN_COLUMNS.includes('output_tokens'))
  })
})
