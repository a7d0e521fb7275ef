import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '#platform/config.ts'
import { CommandError } from '../../services/cli/errors.ts'
import { hoursBetween, type WindowOptions } from '../../services/cli/window.ts'

const NOW = Date.parse('2026-11-24T10:30:00Z')

function hours(options: WindowOptions, timezone = 'UTC'): string[] {
  const config = loadConfig({ env: { SPENDLEDGER_TIMEZONE: timezone } })
  const { from, to } = hoursBetween(options, config, NOW, '24h')
  return [from, to].map(ms => new Date(ms).toISOString().slice(0, 16))
}

test('without options the window ends with the running hour', () => {
  assert.deepEqual(hours({}), ['2026-11-23T10:00', '2026-11-24T11:00'])
})

test('hours are whole: the one of --from and the one of --to are in', () => {
  assert.deepEqual(hours({ from: '2026-11-24T03:10:00Z', to: '2026-11-24T05:00:01Z' }), [
    '2026-11-24T03:00',
    '2026-11-24T06:00',
  ])
  assert.deepEqual(hours({ from: '2026-11-24T03:00:00Z', to: '2026-11-24T05:00:00Z' }), [
    '2026-11-24T03:00',
    '2026-11-24T05:00',
  ])
})

test('periods bring their own end, and days are those of the configured zone', () => {
  assert.deepEqual(hours({ from: 'last-month' }), ['2026-10-01T00:00', '2026-11-01T00:00'])
  assert.deepEqual(hours({ from: 'today' }, 'Europe/Berlin'), ['2026-11-23T23:00', '2026-11-24T11:00'])
})

test('what is no time, or no window, is wrong usage', () => {
  for (const options of [{ from: 'soon' }, { to: 'x' }, { from: '2026-11-24', to: '2026-11-24' }]) {
    assert.throws(
      () => hours(options),
      (error: unknown) => error instanceof CommandError && error.exitCode === 2,
    )
  }
})
