import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figures, ledger, META } from './answers-kit.ts'
import { assertGolden, widest } from './golden.ts'
import { runCommand, serve } from './harness.ts'

const parametersOf = (url = '') => {
  const { pathname, searchParams } = new URL(url, 'http://x')
  return { path: pathname, ...Object.fromEntries(searchParams) }
}

test('a feature is shown with its month, its days and its parts, in the width of the terminal', async t => {
  const server = await serve(t, ledger())
  const env = { SPENDLEDGER_URL: server.url }
  for (const columns of [80, 120]) {
    for (const [name, colours] of [
      ['colours', {}],
      ['plain', { NO_COLOR: '1' }],
    ] as const) {
      const setting = { env: { ...env, ...colours }, terminal: true, columns }
      const { code, out, err } = await runCommand(['feature', 'support-chat'], setting)
      assert.deepEqual([code, err], [0, ''])
      assert.ok(widest(out) <= columns, `${widest(out)}`)
      assert.equal(out.includes('\u001b'), name === 'colours')
      assertGolden(`feature-${columns}-${name}`, out)
    }
  }
  const piped = await runCommand(['feature', 'support-chat'], { env })
  assert.ok(!piped.out.includes('\u001b'))
  assert.doesNotMatch(piped.out, /[▁-█▲▼]/)
  assertGolden('feature-pipe', piped.out)
})

test('it asks about this month, the same time last month, and days that reach back a week', async t => {
  const server = await serve(t, ledger())
  const now = Date.parse('2026-11-03T10:00:00Z')
  await runCommand(['tenant', 'acme', '--environment', 'prod', '--tz', 'UTC'], {
    env: { SPENDLEDGER_URL: server.url },
    now,
  })
  const [first, series, ...parts] = server.received.map(({ url }) => parametersOf(url))
  const shared = { tenant_id: 'acme', environment: 'prod', tz: 'UTC' }
  assert.deepEqual(first, { path: '/v1/costs', from: 'month', ...shared, compare: 'previous' })
  assert.deepEqual(series, {
    path: '/v1/costs/timeseries',
    from: '2026-10-27T00:00:00.000Z',
    to: META.to,
    ...shared,
    granularity: 'day',
  })
  assert.deepEqual(parts.map(part => 'group_by' in part && part.group_by).sort(), [
    'feature',
    'model',
    'user_id',
  ])
})

test('a projection is what it cost so far and seven days like the last for each day left', async t => {
  const server = await serve(t, ledger())
  const { out } = await runCommand(['user', 'u1'], { env: { SPENDLEDGER_URL: server.url } })
  // 6 days and 14 hours are left, 300 a day.
  assert.match(out, /^month end +\$6,575\.00 {2}at the pace of the last seven whole days$/m)
})

test('another window has no projection', async t => {
  const server = await serve(t, ledger())
  for (const window of [
    ['--from', '7d'],
    ['--to', '2026-11-20'],
  ]) {
    const { out } = await runCommand(['model', 'm', ...window], { env: { SPENDLEDGER_URL: server.url } })
    assert.doesNotMatch(out, /month end|last month/)
    assert.match(out, /\+15\.0% against the period before/)
  }
})

test('against a part of the time before nothing is a percentage', async t => {
  const meta = { ...META, previous: { ...META.previous, complete: false } }
  const body = { data: [], total: figures('10', 5, '3'), currency: 'USD', meta }
  const server = await serve(t, ledger({ '/v1/costs': body }))
  const { out } = await runCommand(['user', 'u1'], { env: { SPENDLEDGER_URL: server.url } })
  assert.match(out, /^cost +\$10\.00 {2}nothing to compare with$/m)
})

test('a part of it is not new because the ledger is younger than the time before', async t => {
  const changeIn = async (complete: boolean) => {
    const meta = { ...META, previous: { ...META.previous, complete } }
    const body = {
      data: [{ model: 'm', ...figures('10', 5, '0') }],
      total: figures('10', 5, '0'),
      currency: 'USD',
      meta,
    }
    const server = await serve(t, ledger({ '/v1/costs': body }))
    const { out } = await runCommand(['user', 'u1'], { env: { SPENDLEDGER_URL: server.url } })
    return /^m +\$10\.00 +100\.0% +5 +\$2\.00 *(.*)$/m.exec(out)?.[1]
  }
  assert.equal(await changeIn(true), 'new')
  assert.equal(await changeIn(false), '')
})

test('spend without a price is unpriced, and not free', async t => {
  const body = { data: [], total: figures('0', 5, '0', 5), currency: 'USD', meta: META }
  const server = await serve(t, ledger({ '/v1/costs': body }))
  const { out } = await runCommand(['user', 'u1'], { env: { SPENDLEDGER_URL: server.url } })
  assert.match(out, /^cost +unpriced$/m)
  assert.match(out, /^unpriced +5 {2}100\.0% of the calls are in no sum$/m)
  assert.doesNotMatch(out, /month end|\$0/)
})

test('one of whom there is nothing is an answer of one line', async t => {
  const body = { data: [], total: figures('0', 0, '0'), currency: 'USD', meta: META }
  const server = await serve(t, ledger({ '/v1/costs': body }))
  const { code, out } = await runCommand(['user', 'u\u001b9'], { env: { SPENDLEDGER_URL: server.url } })
  assert.equal(code, 0)
  assert.equal(out, 'user u·9, 2026-11-01 00:00 UTC up to now: no calls\n')
  assert.equal(server.received.length, 1)
})

test('an empty name is spend that names none', async t => {
  const server = await serve(t, ledger())
  const { out } = await runCommand(['feature', ''], { env: { SPENDLEDGER_URL: server.url } })
  assert.match(out, /^feature \(none\), /)
  assert.ok(server.received.every(({ url }) => new URL(url, 'http://x').searchParams.get('feature') === ''))
})

test('--json and --csv print the body of the first question', async t => {
  const server = await serve(t, ({ url }) => ({
    body: url.includes('format=csv') ? 'a,b\r\n' : '{"data": []}',
  }))
  const env = { SPENDLEDGER_URL: server.url }
  assert.equal((await runCommand(['feature', 'f', '--json'], { env })).out, '{"data": []}\n')
  assert.equal((await runCommand(['feature', 'f', '--csv'], { env })).out, 'a,b\r\n')
  assert.equal(server.received.length, 2)
  assert.match(server.received[0]?.url ?? '', /metrics=input_tokens%2Coutput_tokens%2Cactive_users/)
})

test('two names of one kind are wrong usage', async () => {
  const { code, err } = await runCommand(['feature', 'a', '--feature', 'b'])
  assert.equal(code, 2)
  assert.match(err, /--feature names another one/)
})

test('a name that no call ever had is told below, with what may have been meant, and is no error', async t => {
  const meta = {
    ...META,
    unknown_values: { user_id: { 'u\u001b01': ['u001', 'u\u202e010'] }, environment: { x: [] } },
  }
  const body = { data: [], total: figures('0', 0, '0'), currency: 'USD', meta }
  const server = await serve(t, ledger({ '/v1/costs': body }))
  const { code, out } = await runCommand(['user', 'u\u001b01', '--environment', 'x'], {
    env: { SPENDLEDGER_URL: server.url },
  })
  assert.equal(code, 0)
  assert.deepEqual(out.split('\n'), [
    'user u·01, 2026-11-01 00:00 UTC up to now: no calls',
    'no call ever had user "u·01"; did you mean u001 or u·010?',
    'no call ever had environment "x"',
    '',
  ])
})
