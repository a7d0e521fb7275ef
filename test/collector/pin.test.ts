import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PINNABLE_FIELDS, type Pins } from '#platform/api-keys/pins.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'
import { applyPins, pinnedText } from '../../services/collector/pin.ts'
import { readCandidates } from '../../services/collector/read-candidates.ts'

const event = { ...defaultEvent(), event_id: 'e1', occurred_at: 1, environment: 'dev', team: 'core' }

test('a pinned value takes the place of what the event says, with a warning that names both', () => {
  const pinned = applyPins(event, { environment: 'dev' }, { environment: 'prod' })
  assert.equal(pinned.event.environment, 'prod')
  assert.deepEqual(pinned.warnings, ['environment was "dev" and is now "prod", which the API key pins'])
})

test('what the event does not say, or says alike, is no warning', () => {
  for (const sent of [{}, { environment: '' }, { environment: null }, { environment: 'prod' }]) {
    const pinned = applyPins({ ...event, environment: '' }, sent, { environment: 'prod' })
    assert.equal(pinned.event.environment, 'prod')
    assert.deepEqual(pinned.warnings, [])
  }
})

test('the way in, which stands in source by default, is not what the event said', () => {
  const pinned = applyPins({ ...event, source: 'http' }, {}, { source: 'billing' })
  assert.equal(pinned.event.source, 'billing')
  assert.deepEqual(pinned.warnings, [])
})

test('foreign values are shown safely and cut', () => {
  const [warning = ''] = applyPins(event, { team: `\u001b[31m${'x'.repeat(200)}` }, { team: 'a' }).warnings
  assert.ok(warning.length < 150 && warning.includes('\\u001b'), warning)
})

test('without pins the event is passed on as it is', () => {
  assert.equal(applyPins(event, { environment: 'dev' }, {}).event, event)
})

const pins: fc.Arbitrary<Pins> = fc
  .uniqueArray(fc.constantFrom(...PINNABLE_FIELDS), { maxLength: 5 })
  .chain(fields =>
    fc
      .array(fc.string({ minLength: 1 }), { minLength: fields.length, maxLength: fields.length })
      .map(values => Object.fromEntries(fields.map((field, i) => [field, values[i] ?? '']))),
  )

test('whatever is pinned, the event keeps everything else, and is itself not changed', () => {
  fc.assert(
    fc.property(pins, pinned => {
      const before = structuredClone(event)
      const after = applyPins(event, event, pinned).event
      assert.deepEqual(after, { ...before, ...pinned })
      assert.deepEqual(event, before)
      assert.equal(after.event_id, before.event_id)
    }),
  )
})

test('a refused event is kept with its pins, to the same effect as applying them', () => {
  fc.assert(
    fc.property(pins, fc.dictionary(fc.string(), fc.jsonValue()), (pinned, sent) => {
      fc.pre(!Object.hasOwn(sent, '__proto__'))
      const line = ` ${JSON.stringify(sent)}\r`
      for (const [candidate] of [
        readCandidates({ type: 'ndjson', text: line }),
        readCandidates({ type: 'json', value: sent }),
      ]) {
        assert.ok(candidate)
        assert.deepEqual(
          JSON.parse(pinnedText(candidate, pinned)),
          JSON.parse(JSON.stringify({ ...sent, ...pinned })),
        )
      }
    }),
  )
})

test('what is no event is kept as it came, pins or not', () => {
  for (const text of ['{"a":', '[{"a":1}]', '7', '"}"', '{} }']) {
    const [candidate] = readCandidates({ type: 'ndjson', text })
    assert.ok(candidate)
    assert.equal(pinnedText(candidate, { team: 'a' }), text)
  }
  const [candidate] = readCandidates({ type: 'ndjson', text: '{"a": 1e400} ' })
  assert.ok(candidate)
  assert.equal(pinnedText(candidate, {}), '{"a": 1e400} ')
  assert.equal(pinnedText(candidate, { team: 'a' }), '{"a": 1e400,"team":"a"}')
})
