// What a person sees when it runs: where everything is, one way to send an event, one to see its cost, how to reach SQL.

import { relative, resolve } from 'node:path'
import { passwordFile } from '#adapters/clickhouse/server/passwords.ts'
import type { Config } from '#platform/config.ts'

/** Where things are reached. */
export interface Places {
  readonly url: string
  readonly warehouse: { readonly url: string; readonly version: string }
}

const EVENT =
  '{"provider":"openai","request_model":"gpt-5.4","usage":{"prompt_tokens":1200,"completion_tokens":90},"feature":"hello"}'

const DEFAULT_URL = 'http://127.0.0.1:4318'
const DEFAULT_SQL_URL = 'http://127.0.0.1:18123'

/** At most eleven lines, without a line break at the end. */
export function banner(config: Config, { url, warehouse }: Places, startedInMs: number): string {
  const own = !config.clickhouseUrl
  const where = own || !config.kafkaBrokers ? near(config.dataDir) : 'Kafka and ClickHouse'
  const account = own
    ? `, user reader, password in ${near(passwordFile(config.dataDir, 'reader'))}`
    : `, the account of CLICKHOUSE_URL`
  const access = own
    ? settings({
        SPENDLEDGER_DATA_DIR: config.dataDir === resolve('data') ? '' : config.dataDir,
        SPENDLEDGER_SQL_PORT: warehouse.url === DEFAULT_SQL_URL ? '' : new URL(warehouse.url).port,
      })
    : ''
  const key = config.apiKeysFile ? " -H 'authorization: Bearer ...'" : ''
  return [
    `spendledger runs (${(startedInMs / 1000).toFixed(1)} s): events in and API at ${url}, data in ${where}`,
    ...(config.kafkaBrokers
      ? [`Events go to topic ${config.kafkaTopic} of Kafka at ${config.kafkaBrokers.join(',')}`]
      : []),
    `SQL: ClickHouse ${warehouse.version} at ${warehouse.url}${account}`,
    '',
    'Send an event:',
    `  curl -sS ${url}/v1/events${key} -H 'content-type: application/json' -d '${EVENT}'`,
    'See what it cost:',
    `  ${settings({ SPENDLEDGER_URL: url === DEFAULT_URL ? '' : url, SPENDLEDGER_API_KEY: config.apiKeysFile ? '...' : '' })}npx spendledger top features`,
    'Ask anything:',
    `  ${access}npx spendledger sql "SELECT feature, sum(cost_usd) FROM v_events GROUP BY feature"`,
    'Stop with Ctrl-C.',
  ].join('\n')
}

/** What a command line must be told that is not the default. */
const settings = (values: Record<string, string>): string =>
  Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${value} `)
    .join('')

/** A path as one would type it from here, if it lies below. */
function near(path: string): string {
  const relativePath = relative(process.cwd(), path)
  return relativePath.startsWith('..') ? path : relativePath
}
