// Which failures are whose: the data's, the statement's, or nobody's and to be tried again. That the engine really gives these
// codes is shown in client.test.ts.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ClickHouseError } from '@clickhouse/client'
import { toLedgerError } from '#adapters/clickhouse/errors.ts'
import { LedgerError } from '#core/errors.ts'

const answered = (code: string): ClickHouseError =>
  new ClickHouseError({ message: `code ${code}`, code, type: 'X' })
const codeOf = (error: unknown, rows = true): string => toLedgerError(error, { rows }).code

const DATA = ['6', '26', '27', '32', '33', '38', '41', '69', '72', '117', '128', '131', '321', '407', '469']
const STATEMENT = ['16', '36', '43', '46', '47', '60', '62', '81', '115', '158', '164', '396', '452', '456']
/** Unknown user, passwords, address, database, rights. */
const DENIED = ['192', '193', '194', '195', '291', '497', '516']
/** Timeout, memory, disk, too many queries or parts, cancelled, aborted, out of descriptors. */
const PASSING = ['159', '209', '210', '241', '243', '202', '252', '394', '236', '76', '1000', '1001']

describe('an error of the server', () => {
  it('is the row when data came with the statement and could not be read', () => {
    for (const code of DATA) assert.equal(codeOf(answered(code)), 'row_refused', code)
  })

  it('is the statement when no data came with it: a query that cannot convert is no bad row', () => {
    for (const code of DATA) assert.equal(codeOf(answered(code), false), 'warehouse_refused', code)
  })

  it('is the statement when it cannot succeed, with rows or without', () => {
    for (const code of STATEMENT) {
      assert.equal(codeOf(answered(code), true), 'warehouse_refused', code)
      assert.equal(codeOf(answered(code), false), 'warehouse_refused', code)
    }
  })

  it('is the account when that lacks a password or a right, with rows or without: never a dead letter', () => {
    for (const code of DENIED) {
      assert.equal(codeOf(answered(code), true), 'warehouse_denied', code)
      assert.equal(codeOf(answered(code), false), 'warehouse_denied', code)
    }
  })

  it('is tried again when it passes by itself, and when nobody knows it: never a dead letter', () => {
    for (const code of [...PASSING, '9999', '']) {
      const error = toLedgerError(answered(code), { rows: true })
      assert.equal(error.code, 'warehouse_unavailable', code)
      assert.ok(error.retryable)
    }
  })
})

describe('any other error', () => {
  it('of the network or of the client is tried again', () => {
    for (const error of [
      Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
      Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
      new DOMException('timed out', 'TimeoutError'),
      new Error('Timeout error.'),
      'a text',
      undefined,
    ]) {
      assert.equal(codeOf(error), 'warehouse_unavailable')
    }
  })

  it('of a deadline is told as one, not in the words of the client', () => {
    const error = toLedgerError(new Error('The user aborted a request.'), { rows: false })
    assert.match(error.message, /no answer in the time that it had/)
  })

  it('keeps its words and stays as the cause', () => {
    const cause = new Error('disk on fire')
    const error = toLedgerError(cause, { rows: false })
    assert.equal(error.cause, cause)
    assert.match(error.message, /disk on fire/)
  })

  it('that was translated already stays what it is', () => {
    const error = new LedgerError('stopping')
    assert.equal(toLedgerError(error, { rows: true }), error)
  })
})
