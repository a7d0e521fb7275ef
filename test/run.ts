// `npm test`: all test files through node:test. Node 20 does not expand globs, so the list is made here.
// Usage: npm test [-- part of a path ...]

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** More than the two cores of a small machine: on average a file waits for longer than it works. */
const FILES_AT_A_TIME = 3

const wanted = process.argv.slice(2)
const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.ts'))
  .map(name => join('test', name))
  .filter(name => wanted.length === 0 || wanted.some(part => name.includes(part)))
  .sort()

if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`)
  process.exit(2)
}

const child = spawn(
  process.execPath,
  ['--import', 'tsx', '--test', `--test-concurrency=${FILES_AT_A_TIME}`, '--test-timeout=300000', ...files],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, NODE_ENV: 'test' } },
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', code => {
  if (!process.env['KAFKA_BROKERS']) {
    console.log(
      '# The Kafka parts were skipped: KAFKA_BROKERS=$(infra/kafka/local-broker.sh start) npm test runs them too',
    )
  }
  process.exit(code ?? 1)
})
