import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fit, GAP, widthsOf } from '../../services/cli/fit.ts'
import { cutMiddle, widthOf } from '../../services/cli/text-width.ts'

const COLUMNS = [
  { head: 'name', cut: true },
  { head: 'cost' },
  { head: 'calls', spare: 2 },
  { head: 'share', spare: 1 },
]

test('where everything fits, all columns stay whole', () => {
  const rows = [['a-long-name-of-thirty-letters!', '$10.00', '1,000', '5.0%']]
  assert.deepEqual(fit(COLUMNS, rows, 80), { kept: [0, 1, 2, 3], nameWidth: Number.POSITIVE_INFINITY })
})

test('names are cut before a column goes, as long as they can be read', () => {
  const rows = [['a-long-name-of-thirty-letters!', '$10.00', '1,000', '5.0%']]
  assert.deepEqual(fit(COLUMNS, rows, 42), { kept: [0, 1, 2, 3], nameWidth: 20 })
  assert.deepEqual(fit(COLUMNS, rows, 37), { kept: [0, 1, 3], nameWidth: 22 })
  assert.deepEqual(fit(COLUMNS, rows, 20), { kept: [0, 1], nameWidth: 12 })
})

test('short names stay whole beside long ones', () => {
  const columns = [
    { head: 'a', cut: true },
    { head: 'b', cut: true },
  ]
  assert.equal(fit(columns, [['tiny', 'x'.repeat(60)]], 40).nameWidth, 34)
})

test('no line is wider than the terminal, unless figures and the least of a name alone are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 60 }), { maxLength: 5 }),
      fc.integer({ min: 16, max: 120 }),
      (names, width) => {
        const rows = names.map(name => [name, '$1.00', '1', '1%'])
        const { kept, nameWidth } = fit(COLUMNS, rows, width)
        const cut = rows.map(row => row.map((cell, i) => (i === 0 ? cutMiddle(cell, nameWidth) : cell)))
        const widths = widthsOf(COLUMNS, cut)
        const line = kept.reduce((sum, i) => sum + (widths[i] ?? 0), GAP.length * (kept.length - 1))
        assert.ok(line <= width, `${line} of ${width}`)
      },
    ),
  )
})

test('what takes two cells counts as two, and an accent as none', () => {
  const widths = { abc: 3, 東京: 4, '👍': 2, é: 1, '': 0 }
  for (const [text, width] of Object.entries(widths)) assert.equal(widthOf(text), width, text)
})

test('a cut name keeps both ends and says that it is cut', () => {
  assert.equal(cutMiddle('abcdefghij', 10), 'abcdefghij')
  assert.equal(cutMiddle('abcdefghij', 9), 'abcd…ghij')
  assert.equal(cutMiddle('abcdefghij', 4), 'ab…j')
  assert.equal(cutMiddle('東京都港区', 6), '東…区')
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.integer({ min: 1, max: 30 }),
      (text, width) => {
        assert.ok(widthOf(cutMiddle(text, width)) <= Math.max(width, 1))
      },
    ),
  )
})
