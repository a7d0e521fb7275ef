import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Warehouse } from '#ports/warehouse.ts'
import type { Finding, VerifyOptions, VerifyReport } from '../../services/aggregator/verify/verify.ts'
import { compareAll } from '../../services/cli/comparison.ts'

const at = (time: string) => Date.parse(`2026-11-24T${time}:00Z`)

const WINDOW = { from: at('00:00'), to: at('11:00') }
const NOW = at('10:30')

const finding = (check: Finding['check'], where: string): Finding => ({
  check,
  where,
  expected: 'this',
  found: 'that',
})

/** A comparison that finds what it is told to in each part, and a warehouse in which events arrive or do not. */
function world(arrived: number, findings: (part: { from: number; to: number }) => readonly Finding[]) {
  const parts: { from: number; to: number }[] = []
  const compare = async ({ from, to }: VerifyOptions): Promise<VerifyReport> => {
    parts.push({ from, to })
    const hoursCompared = (to - from) / 3_600_000
    return { from, to, hoursCompared, calls: BigInt(hoursCompared), findings: findings({ from, to }) }
  }
  const warehouse = { query: async () => [{ arrived: String(arrived) }] } as unknown as Warehouse
  const run = (window = WINDOW, now = NOW) => compareAll(compare, { warehouse, window, now, patienceMs: 0 })
  return { run, parts }
}

test('hours to which events may still come are compared on their own', async () => {
  const { run, parts } = world(0, () => [])
  const result = await run()
  assert.deepEqual(parts, [
    { from: at('00:00'), to: at('10:00') },
    { from: at('10:00'), to: at('11:00') },
  ])
  assert.deepEqual([result.hours, result.calls, result.movingFrom], [11, 11n, undefined])
})

test('shortly after the full hour the hour before may still get events', async () => {
  const { run, parts } = world(0, () => [])
  await run({ from: at('00:00'), to: at('11:00') }, at('10:05'))
  assert.equal(parts[1]?.from, at('09:00'))
})

test('totals that differ while events arrive are no finding: the hours are left out and named', async () => {
  const { run } = world(3, ({ from }) => (from === at('10:00') ? [finding('totals', 'rollup, 10:00')] : []))
  const result = await run()
  assert.deepEqual(result.findings, [])
  assert.equal(result.movingFrom, at('10:00'))
  assert.deepEqual([result.hours, result.calls], [10, 10n])
})

test('totals that differ although nothing arrives are a finding', async () => {
  const { run } = world(0, ({ from }) => (from === at('10:00') ? [finding('totals', 'rollup, 10:00')] : []))
  const result = await run()
  assert.equal(result.findings.length, 1)
  assert.equal(result.movingFrom, undefined)
})

test('past hours that differ are a finding, whatever arrives now', async () => {
  const { run } = world(3, ({ from }) => [finding('totals', `rollup, ${from}`)])
  const result = await run()
  assert.deepEqual(
    result.findings.map(({ where }) => where),
    [`rollup, ${at('00:00')}`],
  )
  assert.equal(result.movingFrom, at('10:00'))
})

test('what both parts find is said once, and moving hours hide nothing but totals', async () => {
  const { run } = world(3, () => [finding('offset_holes', 'topic/0'), finding('totals', 'x')])
  assert.deepEqual(
    (await run({ from: at('10:00'), to: at('11:00') })).findings.map(({ check }) => check),
    ['offset_holes'],
  )
})

test('a window in the past is compared in one go', async () => {
  const { run, parts } = world(3, () => [finding('totals', 'x')])
  const result = await run({ from: at('01:00'), to: at('02:00') })
  assert.deepEqual(parts, [{ from: at('01:00'), to: at('02:00') }])
  assert.equal(result.findings.length, 1)
})
