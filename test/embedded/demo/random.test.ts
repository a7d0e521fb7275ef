import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../services/embedded/demo/random.ts'

test('the same words give the same numbers, other words others', () => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), (seed, word) => {
      const [a, b, c] = [createRandom(seed, word), createRandom(seed, word), createRandom(seed, word, 1)]
      const draw = (random: ReturnType<typeof createRandom>) => Array.from({ length: 5 }, () => random.next())
      const numbers = draw(a)
      assert.deepEqual(numbers, draw(b))
      assert.notDeepEqual(numbers, draw(c))
      for (const number of numbers) assert.ok(number >= 0 && number < 1)
    }),
  )
})

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

test('counts are whole and have the mean that is asked for, small or large', () => {
  for (const expected of [0, 0.3, 4, 50, 70, 900]) {
    const random = createRandom('count', expected)
    const counts = Array.from({ length: 4_000 }, () => random.count(expected))
    assert.ok(counts.every(count => Number.isInteger(count) && count >= 0))
    assert.ok(Math.abs(mean(counts) - expected) <= 0.05 + expected * 0.02, `${mean(counts)} for ${expected}`)
  }
})

test('values around a median lie below and above it alike, and are never 0', () => {
  const random = createRandom('around')
  const values = Array.from({ length: 4_000 }, () => random.around(1_000, 0.5))
  const below = values.filter(value => value < 1_000).length / values.length
  assert.ok(below > 0.46 && below < 0.54)
  assert.ok(Array.from({ length: 1_000 }, () => random.around(1, 2)).every(value => value >= 1))
})
