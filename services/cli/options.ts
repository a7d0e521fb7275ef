// The options that all reading commands share, and the query parameters that they are: one place, so that a filter means the
// same in every command.

import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Query } from './http.ts'
import type { ConfigOption } from './settings.ts'

export interface ReadOptions extends ConfigOption {
  readonly from?: string
  readonly to?: string
  readonly tz?: string
  readonly environment?: readonly string[]
  readonly provider?: readonly string[]
  readonly model?: readonly string[]
  readonly feature?: readonly string[]
  readonly user?: readonly string[]
  readonly tenant?: readonly string[]
  /** `key=value` */
  readonly tag?: readonly string[]
  readonly json?: boolean
  readonly csv?: boolean
}

export interface MetricOption {
  /** Names with commas between them, for the API to judge. */
  readonly metrics?: string
}

/** Options that name a column of the views: a value passes if it is one of those given. */
export const FILTERS = {
  environment: 'environment',
  provider: 'provider',
  model: 'model',
  feature: 'feature',
  user: 'user_id',
  tenant: 'tenant_id',
} as const

const TIMES = 'ISO time, 7d, 24h, today, yesterday, month, last-month'

export const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

function tag(value: string, before: readonly string[] = []): readonly string[] {
  if (value.indexOf('=') < 1) throw new InvalidArgumentError('It is key=value.')
  return [...before, value]
}

export function wholeNumber(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('It is a whole number.')
  return Number(value)
}

export const withConfig = (command: Command): Command =>
  command.option('--config <file>', 'configuration file (spendledger.yaml)')

export const withWindow = (command: Command): Command =>
  command.option('--from <time>', `start: ${TIMES}`).option('--to <time>', 'end, not included')

/** Adds what every reading command takes. */
export const withReading = (command: Command): Command =>
  withWindow(withConfig(command))
    .option('--tz <zone>', 'time zone of days and months, such as Europe/Berlin')
    .option('--environment <name>', 'only this one; may be repeated', gather)
    .option('--provider <name>', 'only this one; may be repeated', gather)
    .option('--model <name>', 'only this one; may be repeated', gather)
    .option('--feature <name>', 'only this one; may be repeated', gather)
    .option('--user <id>', 'only this one; may be repeated', gather)
    .option('--tenant <id>', 'only this one; may be repeated', gather)
    .option('--tag <key=value>', 'only calls with this tag; may be repeated', tag)
    .option('--json', 'print the answer as JSON')
    .addOption(new Option('--csv', 'print the answer as CSV').conflicts('json'))

export const withMetrics = (command: Command): Command =>
  command.option('--metrics <names>', 'what to show of each row, such as cache_hit_rate,cost_per_call')

/** Window and filters as parameters of the API. */
export function queryOf(options: ReadOptions): Query {
  const filters = Object.entries(FILTERS).map(([option, column]) => [
    column,
    options[option as keyof typeof FILTERS],
  ])
  const tags: Record<string, string[]> = {}
  for (const given of options.tag ?? []) {
    const separator = given.indexOf('=')
    const name = `tag.${given.slice(0, separator)}`
    tags[name] = [...(tags[name] ?? []), given.slice(separator + 1)]
  }
  return { from: options.from, to: options.to, tz: options.tz, ...Object.fromEntries(filters), ...tags }
}
