import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkOccurredAt } from '#core/accepted-times.ts'
import { readJsonEvent } from '#platform/json-event/read-json-event.ts'
import { loadEventCases } from '../../corpus/events.ts'

const NOW = Date.UTC(2026, 10, 24, 9, 30)

const read = (body: string) => {
  const result = readJsonEvent(JSON.parse(body), {
    strict: false,
    receivedAt: NOW,
    source: 'http',
    newId: () => 'new-id',
  })
  if (!result.ok) return result
  const refusal = checkOccurredAt(result.event.occurred_at, { now: NOW, retentionDays: 400 })
  return refusal ? { ok: false as const, refusal } : result
}

for (const { name, about, body, expect } of loadEventCases(NOW)) {
  test(`${name}: ${about}`, () => {
    const result = read(body)
    if ('code' in expect) {
      assert.ok(!result.ok, 'accepted')
      assert.deepEqual({ code: result.refusal.code, field: result.refusal.field }, expect)
      return
    }
    assert.ok(result.ok, JSON.stringify('refusal' in result ? result.refusal : ''))
    assert.deepEqual(
      result.warnings.map(({ field }) => field),
      expect.warnings,
    )
    for (const [field, value] of Object.entries(expect.event)) {
      assert.deepEqual(Reflect.get(result.event, field), value, field)
    }
  })
}

test('the corpus has both kinds of cases', () => {
  const cases = loadEventCases(NOW)
  const refused = cases.filter(({ expect }) => 'code' in expect)
  assert.ok(refused.length > 60 && cases.length - refused.length > 30)
})
