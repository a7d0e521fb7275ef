import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figures, ledger, META } from './answers-kit.ts'
import { assertGolden, widest } from './golden.ts'
import { runCommand, serve } from './harness.ts'

test('top fits the terminal, shows how each row went, and is plain in a pipe', async t => {
  const server = await serve(t, ledger())
  const env = { SPENDLEDGER_URL: server.url }
  for (const columns of [40, 80, 120]) {
    for (const [name, colours] of [
      ['colours', {}],
      ['plain', { NO_COLOR: '1' }],
    ] as const) {
      const setting = { env: { ...env, ...colours }, terminal: true, columns }
      const { out } = await runCommand(['top', 'models'], setting)
      assert.ok(columns < 80 || widest(out) <= columns, `${widest(out)}`)
      if (columns < 80) assert.ok(widest(out.split('\n\n', 1)[0] ?? '') <= columns)
      assertGolden(`top-${columns}-${name}`, out)
    }
  }
  const piped = await runCommand(['top', 'models'], { env })
  assertGolden('top-pipe', piped.out)
})

test('a window that is not over goes up to now, and one that is over has its end', async t => {
  const server = await serve(t, ledger())
  const env = { SPENDLEDGER_URL: server.url }
  const running = await runCommand(['top', 'models'], { env })
  assert.match(running.out, /^2026-11-01 00:00 UTC up to now, 61,000 calls/m)
  assert.doesNotMatch(running.out, /10:15/)
  const over = await runCommand(['top', 'models'], { env, now: Date.parse(META.to) })
  assert.match(over.out, /^2026-11-01 00:00 to 2026-11-24 10:15 UTC, 61,000 calls/m)
})

test('sparklines are asked for with the rows that are shown, on a terminal alone', async t => {
  const server = await serve(t, ledger())
  const env = { SPENDLEDGER_URL: server.url }
  await runCommand(['top', 'models', '--environment', 'prod'], { env })
  assert.equal(server.received.length, 1)
  await runCommand(['top', 'models', '--environment', 'prod'], { env, terminal: true })
  assert.equal(server.received.length, 3)
  const { pathname, searchParams } = new URL(server.received[2]?.url ?? '', 'http://x')
  assert.equal(pathname, '/v1/costs/timeseries')
  assert.equal(searchParams.getAll('model').length, 3)
  assert.deepEqual([searchParams.get('environment'), searchParams.get('from')], ['prod', META.from])
})

test('series that are cut off are no picture', async t => {
  const series = {
    data: [],
    total: figures('1', 1, '1'),
    currency: 'USD',
    meta: { ...META, truncated: true },
  }
  const server = await serve(t, ledger({ '/v1/costs/timeseries': series }))
  const { code, out } = await runCommand(['top', 'models'], {
    env: { SPENDLEDGER_URL: server.url },
    terminal: true,
  })
  assert.equal(code, 0)
  assert.doesNotMatch(out, /[▁-█]/)
})

test('a picture that is refused leaves the table as it is', async t => {
  const problem = { type: 'urn:x', title: 'Too large', code: 'bad_query' }
  const answer = ledger()
  const server = await serve(t, (request, response) =>
    request.url.includes('timeseries') ? { status: 400, body: problem } : answer(request, response),
  )
  const setting = { env: { SPENDLEDGER_URL: server.url }, terminal: true }
  const { code, out, err } = await runCommand(['top', 'models'], setting)
  assert.deepEqual([code, err, server.received.length], [0, '', 2])
  assert.match(out, /gpt-5\.4/)
})

test('where there is no room, what was asked for stays the longest', async t => {
  const row = { feature: 'chat', ...figures('10', 4, '8'), cache_hit_rate: 0.8375, output_per_input: 0.1 }
  const body = { data: [row], total: row, currency: 'USD', meta: META }
  const server = await serve(t, ledger({ '/v1/costs': body }))
  const { out } = await runCommand(['top', 'features', '--metrics', 'cache_hit_rate,output_per_input'], {
    env: { SPENDLEDGER_URL: server.url, NO_COLOR: '1' },
    terminal: true,
    columns: 62,
  })
  const [head = ''] = out.split('\n')
  assert.deepEqual(head.split(/ {2,}/), ['feature', 'cost', 'cache_hit_rate', 'output_per_input', 'change'])
})

test('--metrics goes to the API, and what was asked for stands in columns of its own', async t => {
  const row = {
    feature: 'chat',
    ...figures('10', 4, '8'),
    cache_hit_rate: 0.8375,
    cost_usd_p95: '0.012345678901',
    output_per_input: 0.123456,
    latency_ms_p50: null,
    input_tokens: 123_456,
  }
  const body = { data: [row], total: row, currency: 'USD', meta: META }
  const server = await serve(t, ledger({ '/v1/costs': body }))
  const metrics = 'calls,cache_hit_rate,cost_usd_p95,output_per_input,latency_ms_p50,input_tokens'
  const { out } = await runCommand(['top', 'features', '--metrics', metrics], {
    env: { SPENDLEDGER_URL: server.url },
  })
  assert.equal(new URL(server.received[0]?.url ?? '', 'http://x').searchParams.get('metrics'), metrics)
  const [head = '', first = ''] = out.split('\n')
  assert.deepEqual(head.split(/ {2,}/), [
    ...['feature', 'cost', 'share', 'calls'],
    ...['cache_hit_rate', 'cost_usd_p95', 'output_per_input', 'latency_ms_p50', 'input_tokens'],
    ...['change'],
  ])
  assert.deepEqual(first.split(/ {2,}/), [
    ...['chat', '$10.00', '100.0%', '4'],
    ...['83.8%', '$0.0123', '0.123', '123,456'],
    ...['+25.0%'],
  ])
})

test('a filter value that no call ever had is told below the empty table of every list', async t => {
  const meta = {
    ...META,
    coverage: { ...META.coverage, calls: 0, unpriced: 0, estimated: 0 },
    unknown_values: { feature: { 'doc-serch': ['doc-search'] } },
  }
  const body = { data: [], total: figures('0', 0, '0'), currency: 'USD', next_cursor: null, meta }
  const server = await serve(t, () => ({ body }))
  for (const command of [['top', 'users'], ['trend'], ['events']]) {
    const { code, out, err } = await runCommand([...command, '--feature', 'doc-serch'], {
      env: { SPENDLEDGER_URL: server.url },
    })
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /, 0 calls, .*\nno call ever had feature "doc-serch"; did you mean doc-search\?\n$/)
  }
})
