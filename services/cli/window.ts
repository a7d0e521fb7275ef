// The hours that a command works on, for commands that talk to the warehouse themselves. Times are read as the API reads them.

import { HOUR_MS, startOfHour } from '#core/hours.ts'
import { parseInstant, periodOf, TIME_WORDS, type Window } from '#core/periods.ts'
import { createZone, type Zone } from '#core/zones.ts'
import type { Config } from '#platform/config.ts'
import { CommandError } from './errors.ts'

export interface WindowOptions {
  readonly from?: string
  readonly to?: string
}

/**
 * Whole hours, ms: from the start of the hour of `from` to the end of the hour of `to`; without `to`, up to the end of the
 * running hour.
 *
 * @param fallback where `from` is not given
 * @throws CommandError for what is no time
 */
export function hoursBetween(options: WindowOptions, config: Config, now: number, fallback: string): Window {
  const zone = zoneOf(config.timezone)
  const from = read('--from', options.from ?? fallback, now, zone)
  const end = options.to === undefined ? (from.to ?? now) : read('--to', options.to, now, zone).from
  const window = { from: startOfHour(from.from), to: startOfHour(end + HOUR_MS - 1) }
  if (window.from >= window.to) throw new CommandError('wrong_usage', '--from is not before --to')
  return window
}

function zoneOf(name: string): Zone {
  const zone = createZone(name)
  if (!zone) throw new CommandError('wrong_configuration', `SPENDLEDGER_TIMEZONE ${name} is not known`)
  return zone
}

function read(option: string, text: string, now: number, zone: Zone): { from: number; to?: number } {
  const instant = parseInstant(text, zone)
  if (instant !== undefined) return { from: instant }
  const period = periodOf(text, now, zone)
  if (!period) throw new CommandError('wrong_usage', `${option} is ${text}, expected ${TIME_WORDS}`)
  return period
}
