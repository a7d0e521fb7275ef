import assert from 'node:assert/strict'
import { test } from 'node:test'
import { META } from './answers-kit.ts'
import { runCommand, serve } from './harness.ts'

const counts = (calls: number, unpriced: number, estimated = 0) => ({
  calls,
  priced: calls - unpriced - estimated,
  unpriced,
  estimated,
  inconsistent: 0,
  without_feature: 0,
})

const COVERAGE = {
  data: [
    { provider: 'openai', model: 'gpt-9', ...counts(10, 10) },
    { provider: 'openai', model: 'gpt-5.4', ...counts(60_990, 0, 2) },
  ],
  total: counts(61_000, 10, 2),
  currency: 'USD',
  meta: META,
}

const REASONS = {
  ...COVERAGE,
  data: [
    { cost_reason: 'model_unknown', ...counts(8, 8) },
    { cost_reason: 'no_usage', ...counts(2, 2) },
    { cost_reason: '', ...counts(60_990, 0) },
  ],
}

test('coverage says how much has no price, where, and for which reasons', async t => {
  const server = await serve(t, ({ url }) => ({ body: url.includes('cost_reason') ? REASONS : COVERAGE }))
  const { code, out } = await runCommand(['coverage', '--from', '7d'], {
    env: { SPENDLEDGER_URL: server.url },
  })
  assert.equal(code, 0)
  assert.equal(
    out,
    [
      'provider  model     calls  unpriced   share  estimated',
      'openai    gpt-9        10        10  100.0%',
      'openai    gpt-5.4  60,990                            2',
      'total              61,000        10   <0.1%          2',
      '',
      'why unpriced   calls',
      'model_unknown      8',
      'no_usage           2',
      '',
      '2026-11-01 00:00 UTC up to now, 61,000 calls (10 unpriced, 2 estimated), complete until 2026-11-24 09:58',
      '',
    ].join('\n'),
  )
  assert.deepEqual(
    server.received.map(({ url }) => url),
    ['/v1/coverage?from=7d&group_by=provider%2Cmodel&limit=20', '/v1/coverage?from=7d&group_by=cost_reason'],
  )
})

test('coverage says what it knows where the reasons are too many to read', async t => {
  const failing = { status: 400, code: 'query_too_large' }
  const server = await serve(t, ({ url }) =>
    url.includes('cost_reason')
      ? { status: failing.status, body: { title: 'Too large', code: failing.code, detail: 'more rows' } }
      : { body: COVERAGE },
  )
  const env = { SPENDLEDGER_URL: server.url }
  for (const [status, code] of [
    [400, 'query_too_large'],
    [503, 'warehouse_unavailable'],
  ] as const) {
    Object.assign(failing, { status, code })
    const ran = await runCommand(['coverage'], { env })
    assert.deepEqual([ran.code, ran.err], [0, ''])
    assert.match(
      ran.out,
      /^total .*\n\nreasons: choose a shorter window\n\n2026-11-01 00:00 UTC up to now, /m,
    )
  }
  Object.assign(failing, { status: 500, code: 'internal' })
  const broken = await runCommand(['coverage'], { env })
  assert.deepEqual([broken.code, broken.out], [1, ''], 'what fails prints no half of an answer')
})

test('where every call has a price nobody asks why', async t => {
  const server = await serve(t, () => ({ body: { ...COVERAGE, data: [], total: counts(5, 0) } }))
  const { out } = await runCommand(['coverage', '--by', 'features'], { env: { SPENDLEDGER_URL: server.url } })
  assert.equal(server.received.length, 1)
  assert.match(server.received[0]?.url ?? '', /group_by=feature&/)
  assert.doesNotMatch(out, /why/)
})

test('--json and --csv print the body of the coverage', async t => {
  const server = await serve(t, ({ url }) => ({
    body: url.includes('format=csv') ? 'a\r\n' : '{"data": []}',
  }))
  const env = { SPENDLEDGER_URL: server.url }
  assert.equal((await runCommand(['coverage', '--json'], { env })).out, '{"data": []}\n')
  assert.equal((await runCommand(['coverage', '--csv'], { env })).out, 'a\r\n')
})
