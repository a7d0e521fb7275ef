import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import type { StatementOptions, Warehouse } from '#ports/warehouse.ts'
import { startEngine } from '../../support/engine.ts'

const engine = await startEngine({ after })
const reader = engine.warehouse('reader')
await engine.warehouse('writer').command(`INSERT INTO usage_by_feature (quarter, feature, calls, version)
SELECT '2026-11-24 10:00:00', toString(number), 1, 1 FROM numbers(100000)`)

const GROUPS = 'SELECT feature, sum(calls) AS calls FROM v_costs_15m GROUP BY feature ORDER BY calls'

const refusal = async (
  warehouse: Warehouse,
  sql: string,
  options: StatementOptions,
): Promise<LedgerError> => {
  const error: unknown = await warehouse.query(sql, options).then(
    () => assert.fail(`answered: ${sql}`),
    reason => reason,
  )
  assert.ok(error instanceof LedgerError)
  return error
}

describe('a query of reader', () => {
  for (const [what, settings, reason] of [
    ['rows read', { max_rows_to_read: 1_000 }, /it would read more rows than one question may/],
    ['bytes read', { max_bytes_to_read: 1_000 }, /it would read more bytes/],
    ['memory', { max_memory_usage: 2_000_000 }, /it would take more memory/],
    ['rows answered', { max_result_rows: 10 }, /it would answer with more rows/],
  ] as const) {
    it(`that reaches its limit of ${what} is too large, and is not tried again`, async () => {
      const error = await refusal(reader, GROUPS, { settings })
      assert.equal(error.code, 'query_too_large', error.message)
      assert.match(error.message, reason)
      assert.equal(error.retryable, false)
    })
  }

  it('that reaches its time is too large', async () => {
    const sql = 'SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1'
    const error = await refusal(reader, sql, { timeoutMs: 1_000 })
    assert.equal(error.code, 'query_too_large', error.message)
    assert.match(error.message, /it would take longer/)
  })

  it('says what it read, all of it, also when its first row came early', async () => {
    const reads: unknown[] = []
    await reader.query('SELECT feature FROM v_costs_15m', { onRead: read => reads.push(read) })
    const [read] = reads as { rows: number; bytes: number }[]
    assert.equal(reads.length, 1)
    assert.equal(read?.rows, 100_000)
    assert.ok((read?.bytes ?? 0) > 100_000)
  })
})

describe('a query of others', () => {
  it('that reaches a limit may be tried again: they have to do their work', async () => {
    const aggregator = engine.warehouse('aggregator')
    const error = await refusal(aggregator, GROUPS, { settings: { max_memory_usage: 2_000_000 } })
    assert.equal(error.code, 'warehouse_unavailable', error.message)
    assert.equal(error.retryable, true)
  })
})
