// What a person sees when it runs: where everything is, one way to send an event, one to see its cost, how to reach SQL.

import { join, relative } from 'node:path'
import type { Config } from '#platform/config.ts'
import type { Running } from './app.ts'

const EVENT =
  '{"provider":"openai","request_model":"gpt-5.4","usage":{"prompt_tokens":1200,"completion_tokens":90},"feature":"hello"}'

/** At most eleven lines, without a line break at the end. */
export function banner(config: Config, running: Running, startedInMs: number): string {
  const password = near(join(config.dataDir, 'reader.password'))
  const { engine, url } = running
  return [
    `spendledger runs (${(startedInMs / 1000).toFixed(1)} s): events in and API at ${url}, data in ${config.dataDir}`,
    `SQL: ClickHouse ${engine.version} at ${engine.url}, user reader, password in ${password}`,
    '',
    'Send an event:',
    `  curl -sS ${url}/v1/events -H 'content-type: application/json' -d '${EVENT}'`,
    'See what it cost:',
    '  npx spendledger top features',
    'Ask anything:',
    '  npx spendledger sql "SELECT feature, sum(cost_usd) FROM v_events GROUP BY feature"',
    'Stop with Ctrl-C.',
  ].join('\n')
}

/** A path as one would type it from here, if it lies below. */
function near(path: string): string {
  const relativePath = relative(process.cwd(), path)
  return relativePath.startsWith('..') ? path : relativePath
}
