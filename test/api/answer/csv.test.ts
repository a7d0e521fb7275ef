import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CsvColumn, toCsv } from '../../../services/api/answer/csv.ts'

const TEXT: CsvColumn = { name: 'feature', numeric: false }
const NUMBER: CsvColumn = { name: 'change', numeric: true }

const cells = (column: CsvColumn, ...values: unknown[]): string[] =>
  toCsv(
    [column],
    values.map(value => ({ [column.name]: value })),
  )
    .split('\r\n')
    .slice(1, -1)

describe('CSV', () => {
  it('texts that a spreadsheet would run get an apostrophe', () => {
    assert.deepEqual(cells(TEXT, '=1+1', '+1', '-1', '@SUM(A1)', '\t=1', "=cmd|' /C calc'!A0", 'a=1'), [
      "'=1+1",
      "'+1",
      "'-1",
      "'@SUM(A1)",
      "'\t=1",
      "'=cmd|' /C calc'!A0",
      'a=1',
    ])
    assert.match(toCsv([TEXT], [{ feature: '\r=1' }]), /\r\n"'\r=1"\r\n$/)
    assert.match(toCsv([TEXT], [{ feature: '=HYPERLINK("x";"y")' }]), /\r\n"'=HYPERLINK\(""x"";""y""\)"\r\n$/)
  })

  it('a formula behind a line feed, or of full-width signs, is one too', () => {
    for (const text of ['\n=1', '＝1+1', '＋1', '－1', '＠SUM(A1)']) {
      const [, cell = ''] = toCsv([TEXT], [{ feature: text }]).split('\r\n')
      assert.ok(cell.replace(/^"/, '').startsWith("'"), JSON.stringify(cell))
    }
  })

  it('numbers keep their sign', () => {
    assert.deepEqual(cells(NUMBER, '-0.25', -1, '0.000000000001', 9_007_199_254_740_991), [
      '-0.25',
      '-1',
      '0.000000000001',
      '9007199254740991',
    ])
  })

  it('commas, quotes and line breaks are quoted', () => {
    assert.equal(
      toCsv([TEXT, NUMBER], [{ feature: 'a,"b"\nc', change: 1 }]),
      'feature,change\r\n"a,""b""\nc",1\r\n',
    )
  })

  it('what is not known is an empty cell, and maps are JSON', () => {
    assert.deepEqual(cells(NUMBER, null, undefined, 0), ['', '', '0'])
    assert.deepEqual(cells(TEXT, { a: 'b' }, {}), ['"{""a"":""b""}"', '{}'])
  })

  it('without rows there is still the header', () => {
    assert.equal(toCsv([TEXT, NUMBER], []), 'feature,change\r\n')
  })
})
