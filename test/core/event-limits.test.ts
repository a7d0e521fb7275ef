import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkEventLimits, MAX_COUNT } from '#core/event-limits.ts'
import { MAX_TOKENS_PER_BUCKET, TOKEN_BUCKETS } from '#core/tokens.ts'
import { EVENT_FIELDS, type EventField, type FieldKind, LIMITS, type UsageEvent } from '#core/usage-event.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'
import { arbitraryEvent } from '../platform/avro/arbitrary-event.ts'

const good: UsageEvent = { ...defaultEvent(), event_id: 'e-1', occurred_at: 1 }

/** The refusal of a good event with some fields changed, as "code field". */
function refusalOf(changes: Record<string, unknown>): string | undefined {
  const refusal = checkEventLimits({ ...good, ...changes } as UsageEvent)
  return refusal && `${refusal.code} ${refusal.field}`
}

const fieldsOf = (kind: FieldKind) =>
  (Object.keys(EVENT_FIELDS) as EventField[]).filter(field => EVENT_FIELDS[field] === kind)

test('events within the limits are accepted', () => {
  fc.assert(fc.property(arbitraryEvent, event => checkEventLimits(event) === undefined))
})

for (const field of fieldsOf('string')) {
  const limit = field === 'event_id' ? LIMITS.event_id_bytes : LIMITS.string_bytes

  test(`${field} has at most ${limit} bytes of clean text`, () => {
    assert.equal(refusalOf({ [field]: 'x'.repeat(limit) }), undefined)
    assert.equal(refusalOf({ [field]: 'x'.repeat(limit + 1) }), `too_long ${field}`)
    assert.equal(refusalOf({ [field]: 'é'.repeat(limit / 2) }), undefined)
    assert.equal(refusalOf({ [field]: `${'é'.repeat(limit / 2)}x` }), `too_long ${field}`)
    assert.equal(refusalOf({ [field]: 'a\nb' }), `bad_text ${field}`)
  })
}

test('bytes are counted as UTF-8 has them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 150 }), text => {
      const clean = !/\p{Cc}/u.test(text)
      const fits = Buffer.byteLength(text) <= LIMITS.event_id_bytes
      const expected = clean && fits ? undefined : 'refused'
      assert.equal(refusalOf({ event_id: text }) && 'refused', expected)
    }),
  )
})

test('control characters and halves of surrogate pairs are no text', () => {
  for (const bad of [
    '\u0000',
    '\u001f',
    '\u007f',
    '\u0080',
    '\u009f',
    '\ud800',
    '\udc00',
    '\udc00\ud800',
    'a\ud83d',
  ]) {
    assert.equal(refusalOf({ feature: bad }), 'bad_text feature', JSON.stringify(bad))
  }
  for (const fine of ['\u0020', '~', '\u00a0', '\ud7ff', '\ue000', '\uffff', '🚀', '\u202e']) {
    assert.equal(refusalOf({ feature: fine }), undefined, JSON.stringify(fine))
  }
})

test('an event_id is never empty', () => {
  assert.equal(refusalOf({ event_id: '' }), 'out_of_range event_id')
})

for (const field of fieldsOf('count')) {
  test(`${field} is a whole number from 0 to 2^32 - 1`, () => {
    for (const fine of [0, 1, MAX_COUNT]) assert.equal(refusalOf({ [field]: fine }), undefined)
    for (const bad of [-1, 0.5, MAX_COUNT + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.equal(refusalOf({ [field]: bad }), `out_of_range ${field}`)
    }
  })
}

for (const field of fieldsOf('time')) {
  test(`${field} is an instant that a date can hold`, () => {
    for (const fine of [-1, 0, 8.64e15]) assert.equal(refusalOf({ [field]: fine }), undefined)
    for (const bad of [0.5, 8.64e15 + 1, Number.NaN]) {
      assert.equal(refusalOf({ [field]: bad }), `out_of_range ${field}`)
    }
  })
}

for (const bucket of TOKEN_BUCKETS) {
  test(`tokens.${bucket} is a whole number from 0 to 2^31`, () => {
    const withCount = (count: number) => refusalOf({ tokens: { ...good.tokens, [bucket]: count } })
    assert.equal(withCount(MAX_TOKENS_PER_BUCKET), undefined)
    for (const bad of [-1, 0.5, MAX_TOKENS_PER_BUCKET + 1]) {
      assert.equal(withCount(bad), `out_of_range tokens.${bucket}`)
    }
  })
}

test('the reported total may be unknown, and is at most all buckets together', () => {
  const most = TOKEN_BUCKETS.length * MAX_TOKENS_PER_BUCKET
  for (const fine of [null, 0, most]) assert.equal(refusalOf({ total_tokens_reported: fine }), undefined)
  assert.equal(refusalOf({ total_tokens_reported: most + 1 }), 'out_of_range total_tokens_reported')
})

for (const [field, limit, value] of [
  ['tags', LIMITS.tags, 'x'],
  ['units', LIMITS.units, '1'],
  ['prompt_parts', LIMITS.prompt_parts, 1],
] as const) {
  test(`${field} has at most ${limit} entries with clean keys of at most ${LIMITS.tag_key_bytes} bytes`, () => {
    const entries = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, value]))
    const withKey = (key: string) => refusalOf({ [field]: Object.fromEntries([[key, value]]) })
    assert.equal(refusalOf({ [field]: entries(limit) }), undefined)
    assert.equal(refusalOf({ [field]: entries(limit + 1) }), `too_long ${field}`)
    assert.equal(withKey('k'.repeat(LIMITS.tag_key_bytes)), undefined)
    assert.equal(withKey('k'.repeat(LIMITS.tag_key_bytes + 1)), `too_long ${field}`)
    assert.equal(withKey('k\u0007'), `bad_text ${field}`)
    assert.equal(withKey('__proto__'), `bad_text ${field}`)
    assert.equal(withKey(''), `out_of_range ${field}`)
    assert.equal(withKey('constructor'), undefined)
  })
}

test('a tag value has at most 256 bytes of clean text and may be empty', () => {
  assert.equal(refusalOf({ tags: { k: '' } }), undefined)
  assert.equal(refusalOf({ tags: { k: 'v'.repeat(LIMITS.tag_value_bytes) } }), undefined)
  assert.equal(refusalOf({ tags: { k: 'v'.repeat(LIMITS.tag_value_bytes + 1) } }), 'too_long tags.k')
  assert.equal(refusalOf({ tags: { k: '\u0000' } }), 'bad_text tags.k')
})

test('units and the reported cost are decimals, not negative, below 10^15', () => {
  for (const fine of ['0', '2', '0.30000000000000004', '1e-7', '999999999999999.9']) {
    assert.equal(refusalOf({ reported_cost: fine, units: { page: fine } }), undefined, fine)
  }
  for (const bad of ['-1', '+1', '1.', '.5', 'NaN', 'Infinity', '0x10', '1,5', ' 1', '1_000']) {
    assert.equal(refusalOf({ reported_cost: bad }), 'wrong_type reported_cost', bad)
    assert.equal(refusalOf({ units: { page: bad } }), 'wrong_type units.page', bad)
  }
  assert.equal(refusalOf({ units: { page: '' } }), 'wrong_type units.page')
  assert.equal(refusalOf({ reported_cost: '1000000000000000' }), 'out_of_range reported_cost')
  assert.equal(refusalOf({ units: { page: '1e20' } }), 'out_of_range units.page')
})

test('prompt parts are counts', () => {
  assert.equal(refusalOf({ prompt_parts: { history: -1 } }), 'out_of_range prompt_parts.history')
})

test('raw usage has at most 16 KiB', () => {
  assert.equal(refusalOf({ raw_usage: 'x'.repeat(LIMITS.raw_usage_bytes) }), undefined)
  assert.equal(refusalOf({ raw_usage: 'é'.repeat(LIMITS.raw_usage_bytes / 2 + 1) }), 'too_long raw_usage')
})

test('raw usage is text that UTF-8 can hold, line breaks and all', () => {
  assert.equal(refusalOf({ raw_usage: '{\n"a": "🚀"\n}' }), undefined)
  assert.equal(refusalOf({ raw_usage: '"\ud83d"' }), 'bad_text raw_usage')
})

test('a refusal says what came and what was expected', () => {
  assert.deepEqual(checkEventLimits({ ...good, attempt: -1 }), {
    code: 'out_of_range',
    field: 'attempt',
    got: '-1',
    expected: 'a whole number from 0 to 4294967295',
  })
})
