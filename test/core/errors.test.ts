import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ERRORS, type ErrorCode, LedgerError, refusalMessage, shown, shownField } from '#core/errors.ts'

const CODES = Object.keys(ERRORS) as ErrorCode[]

/** The sections of docs/errors.md that have a code as their heading: the code, and the lines below it. */
const SECTIONS = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  .split(/^### /m)
  .slice(1)
  .map(section => {
    const [heading = '', ...lines] = (section.split(/^## /m)[0] ?? '').trim().split('\n')
    return { heading, lines }
  })

test('docs/errors.md has a heading for every code, in the order of the table', () => {
  assert.deepEqual(
    SECTIONS.map(({ heading }) => heading),
    CODES,
  )
})

for (const { heading, lines } of SECTIONS) {
  const entry = ERRORS[heading as ErrorCode]
  test(`docs/errors.md says what ${heading} means and what to do`, () => {
    assert.equal(lines.length, 2)
    const [meaning = '', remedy = ''] = lines
    const scope =
      entry.status === 422 && heading !== 'nothing_acceptable' ? 'One event. ' : `HTTP ${entry.status}. `
    assert.ok(meaning.startsWith(scope), `"${meaning}" begins with "${scope}"`)
    assert.equal(remedy.startsWith('Try again'), entry.retryable)
  })
}

test('codes are words that do not need escaping anywhere', () => {
  for (const code of CODES) assert.match(code, /^[a-z]+(_[a-z]+)*$/)
})

test('only what says that nothing was decided, or not now, may be tried again', () => {
  for (const code of CODES) {
    const { retryable, status } = ERRORS[code]
    if (retryable) assert.ok(status === 429 || status >= 500, code)
  }
})

test('a LedgerError carries what its code says', () => {
  const cause = new Error('ECONNREFUSED')
  const error = new LedgerError('warehouse_unavailable', 'no route', { cause })
  assert.equal(error.status, 503)
  assert.equal(error.retryable, true)
  assert.equal(error.retryAfter, 5)
  assert.equal(error.cause, cause)
  assert.equal(error.message, 'The warehouse does not answer: no route')
})

test('what cannot be tried again has no time to do so', () => {
  assert.equal(new LedgerError('body_empty').retryAfter, undefined)
})

test('a refusal is one sentence with field, value and expectation', () => {
  assert.equal(
    refusalMessage({ code: 'wrong_type', field: 'tokens.input', got: '"12"', expected: 'a whole number' }),
    'A field has the wrong type: tokens.input is "12", expected a whole number',
  )
  assert.equal(
    refusalMessage({ code: 'empty_record', field: '', got: '', expected: '' }),
    'The record is empty',
  )
})

test('foreign values are shown as JSON in at most 80 characters', () => {
  assert.equal(shown('a\nb'), '"a\\nb"')
  assert.equal(shown(undefined), 'undefined')
  assert.equal(shown(12n), '12')
  assert.equal(shown('x'.repeat(200)).length, 80)
})

const HOSTILE = '\x1b[2J\x00\x7f\x9b\u202e\u2066\u200f\u2028\ud800'
const SHOWN = '\\u001b[2J\\u0000\\u007f\\u009b\\u202e\\u2066\\u200f\\u2028\\ud800'

test('what could act on a terminal is shown as an escape, in fields and in values', () => {
  const refusal = { code: 'bad_text', field: `tags.${HOSTILE}`, got: shown(HOSTILE), expected: '' } as const
  assert.equal(shownField(refusal), `tags.${SHOWN}`)
  assert.equal(
    refusalMessage(refusal),
    `A text holds control characters or broken Unicode: tags.${SHOWN} is "${SHOWN}"`,
  )
  assert.equal(shown('\x9b'.repeat(100)).length, 80)
  assert.equal(shownField({ ...refusal, field: '\x9b'.repeat(500) }).length, 128)
  assert.equal(shown('Größe 🙂'), '"Größe 🙂"')
})
