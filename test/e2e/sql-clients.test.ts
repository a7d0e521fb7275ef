// Other people's clients read the views of an embedded warehouse while events come in: plain HTTP as curl speaks it, and Python
// over HTTP and the native protocol, by the program of examples/sql.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { run } from '../examples/run.ts'
import { missing, type Need } from '../support/kafka.ts'
import { eventually, scratchDirectory, startLedger } from '../support/ledger-process.ts'

const PROGRAM = fileURLToPath(new URL('../../examples/sql/spend_of_user.py', import.meta.url))

/** Hard for every layer between a client and a view. */
const USER = `o'brien "\\" {x} %(y)s näïve`

/** What USER's calls add up to: gpt-5.4 costs $2.5, $0.25 and $15 a million tokens of input, cached input and output. */
const SPENT = [
  { feature: 'search', usd: '0.020000000000', calls: 2, without_price: 0 },
  { feature: 'chat', usd: '0.010200000000', calls: 2, without_price: 1 },
]

/** Undone last to first, at the end of the file. */
type Hook = (...none: never[]) => unknown
const undo: Hook[] = []
const cleanup = { after: (hook?: Hook) => void (hook && undo.push(hook)) }
after(async () => {
  for (const hook of undo.toReversed()) await hook()
})

const dataDir = await scratchDirectory(cleanup)
const nativePort = await freePort()
const ledger = await startLedger(cleanup, dataDir, { SPENDLEDGER_SQL_NATIVE_PORT: String(nativePort) })
const password = (await readFile(join(dataDir, 'reader.password'), 'utf8')).trim()

await post([
  call('a', 'search', { input: 4_000 }),
  call('b', 'search', { input: 2_800, output: 200 }),
  call('c', 'chat', { input: 4_000, cache_read: 800 }),
  call('d', 'chat', { input: 100 }, 'unheard-of-model'),
])
await eventually(
  'the rollup of the calls',
  () =>
    ask(`SELECT sum(v.calls) FROM v_user_costs_hourly AS v WHERE user_id = {user:String}`, { user: USER }),
  ({ text }) => text.trim() === '4',
  60_000,
)

let sent = 0
let sending = true
const traffic = (async () => {
  while (sending) {
    const events = Array.from({ length: 50 }, () => call(`t${sent++}`, 'load', { input: 10 }))
    await post(events.map(event => ({ ...event, user_id: 'other' })))
    await setTimeout(50)
  }
})()
cleanup.after(() => {
  sending = false
  return traffic
})

function call(id: string, feature: string, tokens: Record<string, number>, model = 'gpt-5.4') {
  return {
    event_id: id,
    occurred_at: new Date().toISOString(),
    provider: 'openai',
    request_model: model,
    feature,
    user_id: USER,
    tokens,
  }
}

async function post(events: readonly unknown[]): Promise<void> {
  const response = await fetch(`${ledger.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  })
  assert.equal(response.status, 202, await response.text())
}

interface HttpAnswer {
  readonly status: number
  readonly text: string
}

/** As `curl -u reader:... -d SQL`. */
async function ask(sql: string, parameters: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
  const url = new URL(ledger.sqlUrl)
  url.searchParams.set('database', 'spendledger')
  for (const [name, value] of Object.entries(parameters))
    url.searchParams.set(`param_${name}`, escaped(value))
  const authorization = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`
  const response = await fetch(url, { method: 'POST', body: sql, headers: { authorization } })
  return { status: response.status, text: await response.text() }
}

/** Parameters are written as in a file of tabs. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\')
}

const moneyOf = (text: string): string => {
  const [whole = '', fraction = ''] = text.split('.')
  return `${whole}.${fraction.padEnd(12, '0')}`
}

describe('plain HTTP', { timeout: 120_000 }, () => {
  it('answers parameters exactly while events come in', async () => {
    const { status, text } = await ask(
      `SELECT feature, sum(v.cost_usd) AS usd, sum(v.calls) AS n, sum(v.unpriced_calls) AS without_price
FROM v_user_costs_hourly AS v WHERE user_id = {user:String}
GROUP BY feature ORDER BY usd DESC FORMAT CSV`,
      { user: USER },
    )
    assert.equal(status, 200, text)
    const rows = text
      .trim()
      .split('\n')
      .map(line => line.split(','))
    assert.deepEqual(
      rows.map(([feature = '', usd = '', calls, unpriced]) => ({
        feature: feature.replaceAll('"', ''),
        usd: moneyOf(usd),
        calls: Number(calls),
        without_price: Number(unpriced),
      })),
      SPENT,
    )
  })

  it('never shows fewer events than before, nor more than were sent', async () => {
    let seen = 0
    for (let i = 0; i < 10; i += 1) {
      const { text } = await ask("SELECT count() FROM v_events WHERE feature = 'load'")
      const count = Number(text)
      assert.ok(count >= seen && count <= sent, `${count} after ${seen}, ${sent} sent`)
      seen = count
    }
    const grown = await eventually(
      'an event more',
      () => ask("SELECT count() FROM v_events WHERE feature = 'load'"),
      ({ text }) => Number(text) > seen,
    )
    assert.equal(grown.status, 200)
  })

  it('reads every view', async () => {
    const { text } = await ask('SHOW TABLES')
    const views = text.trim().split('\n')
    assert.ok(views.length >= 17, text)
    for (const view of views) {
      const answer = await ask(`SELECT * FROM ${view} LIMIT 3 FORMAT Native`)
      assert.equal(answer.status, 200, `${view}: ${answer.text}`)
    }
  })

  it('writes nothing, reads no table, and says so in one line', async () => {
    for (const sql of [
      "INSERT INTO usage_events (event_id) VALUES ('x')",
      'SELECT count() FROM usage_events',
      'DROP VIEW v_events',
    ]) {
      const { status, text } = await ask(sql)
      assert.ok(status >= 400, sql)
      assert.match(text, /^Code: (497|164)\. /)
      assert.doesNotMatch(text.trim(), /\n|Stack trace/)
    }
  })
})

describe('Python', { timeout: 120_000 }, async () => {
  for (const [module, options] of [
    ['clickhouse_connect', () => ['--port', new URL(ledger.sqlUrl).port]],
    ['clickhouse_driver', () => ['--native', '--port', String(nativePort)]],
  ] as const) {
    it(`reads the same with ${module}`, await needs(module), async () => {
      const file = join(dataDir, 'reader.password')
      const { code, stdout, stderr } = await run([
        'python3',
        PROGRAM,
        '--password-file',
        file,
        ...options(),
        '--',
        USER,
      ])
      assert.equal(code, 0, stderr)
      assert.deepEqual(
        stdout
          .trim()
          .split('\n')
          .map(line => JSON.parse(line)),
        SPENT,
      )
    })
  }
})

async function needs(module: string): Promise<Need> {
  const { code } = await run(['python3', '-c', `import ${module}`]).catch(() => ({ code: 1 }))
  return code === 0 ? {} : missing('needs python3 with: pip install -r examples/sql/requirements.txt')
}

/** A port that nothing listens on now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  assert.ok(address !== null && typeof address === 'object')
  return address.port
}
