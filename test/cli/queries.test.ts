import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COLUMN_DIMENSIONS } from '../../services/api/query/dimensions.ts'
import { dimensionsOf } from '../../services/cli/dimension-words.ts'
import { runCommand, serve } from './harness.ts'

const META = {
  from: '2026-10-25T00:00:00Z',
  to: '2026-11-24T00:00:00Z',
  tz: 'UTC',
  fresh_until: '2026-11-24T09:58:00Z',
  coverage: { calls: 61_000, priced: 60_990, unpriced: 8, estimated: 2, inconsistent: 0, without_feature: 0 },
}

const row = (name: string, cost: string, calls: number, before: string, unpriced = 0) => ({
  feature: name,
  calls,
  cost_usd: cost,
  unpriced_calls: unpriced,
  previous: { calls: 1, cost_usd: before, unpriced_calls: 0 },
  change: { cost_usd: '0', percent: null },
})

const COSTS = {
  data: [row('chat', '75.5', 1_000, '50'), row('', '24.5', 59_000, '0'), row('odd', '0', 8, '0', 8)],
  total: row('', '100', 60_008, '50', 8),
  currency: 'USD',
  meta: META,
}

const query = (url: string | undefined) => {
  const { pathname, searchParams } = new URL(url ?? '', 'http://x')
  return { path: pathname, parameters: [...searchParams].map(([name, value]) => `${name}=${value}`) }
}

test('top shows spend, share, calls, cost per call and change, and what has no price', async t => {
  const server = await serve(t, () => ({ body: COSTS }))
  const { code, out, err } = await runCommand(['top', 'features'], { env: { SPENDLEDGER_URL: server.url } })
  assert.equal(code, 0)
  assert.equal(err, '')
  assert.equal(
    out,
    [
      'feature      cost   share   calls   per call   change  unpriced',
      'chat       $75.50   75.5%   1,000    $0.0755   +51.0%',
      '(none)     $24.50   24.5%  59,000  $0.000415      new',
      'odd      unpriced               8                             8',
      'total     $100.00  100.0%  60,008   $0.00167  +100.0%         8',
      '',
      '2026-10-25 00:00 to 2026-11-24 00:00 UTC, 61,000 calls (8 unpriced, 2 estimated), complete until 2026-11-24 09:58',
      '',
    ].join('\n'),
  )
})

test('words for dimensions become columns; anything else is for the API to judge', async t => {
  const server = await serve(t, () => ({ body: COSTS }))
  const env = { SPENDLEDGER_URL: server.url }
  const words = {
    models: 'model',
    model: 'model',
    users: 'user_id',
    tenants: 'tenant_id',
    releases: 'release',
    statuses: 'status',
    'tag.experiments': 'tag.experiments',
    'features,models': 'feature,model',
    wrokflow: 'wrokflow',
    constructor: 'constructor',
  }
  for (const [word, dimension] of Object.entries(words)) {
    await runCommand(['top', word], { env })
    assert.ok(query(server.received.at(-1)?.url).parameters.includes(`group_by=${dimension}`), word)
  }
})

test('a dimension that ends with an s is no plural', async t => {
  for (const name of COLUMN_DIMENSIONS) assert.deepEqual(dimensionsOf(name), [name])
  const server = await serve(t, () => ({ body: COSTS }))
  const env = { SPENDLEDGER_URL: server.url }
  for (const argv of [
    ['top', 'status'],
    ['trend', '--by', 'status'],
  ]) {
    await runCommand(argv, { env })
    assert.ok(query(server.received.at(-1)?.url).parameters.includes('group_by=status'), argv.join(' '))
  }
})

test('an id and what only lists have are wrong usage, and nothing is asked', async t => {
  const server = await serve(t, () => ({ body: '{}' }))
  const env = { SPENDLEDGER_URL: server.url }
  for (const [options, names] of [
    ['--csv', '--csv'],
    ['--feature a --user u --tag k=v', '--feature, --user, --tag'],
    ['--from 7d --top', '--from, --top'],
  ] as const) {
    const { code, out, err } = await runCommand(['events', 'e1', ...options.split(' ')], { env })
    assert.deepEqual([code, out], [2, ''])
    assert.equal(err, `spendledger: an id names one event: leave out ${names}, or the id\n`)
  }
  assert.equal(server.received.length, 0)
})

test('window and filters go to the API as they are, and repeat', async t => {
  const server = await serve(t, () => ({ body: COSTS }))
  const options =
    '--from last-month --tz Europe/Berlin --environment prod --feature a --feature b --user u --tenant t --tag k=v=w --limit 5'
  await runCommand(['top', 'models', ...options.split(' ')], { env: { SPENDLEDGER_URL: server.url } })
  const { path, parameters } = query(server.received[0]?.url)
  assert.equal(path, '/v1/costs')
  assert.deepEqual(parameters.sort(), [
    'compare=previous',
    'environment=prod',
    'feature=a',
    'feature=b',
    'from=last-month',
    'group_by=model',
    'limit=5',
    'tag.k=v=w',
    'tenant_id=t',
    'tz=Europe/Berlin',
    'user_id=u',
  ])
})

test('--json and --csv print the body of the endpoint byte by byte', async t => {
  const body = '{"data": [ ],  "n": 1.10}'
  const csv = 'feature,cost_usd\r\nchat,1\r\n'
  const server = await serve(t, ({ url }) => ({ body: url.includes('format=csv') ? csv : body }))
  const env = { SPENDLEDGER_URL: server.url }
  for (const command of [['top', 'features'], ['trend'], ['events'], ['deadletters', 'list']]) {
    assert.equal((await runCommand([...command, '--json'], { env })).out, `${body}\n`)
    assert.equal((await runCommand([...command, '--csv'], { env })).out, csv)
  }
})

test('a parameter that the API does not take is wrong usage, named as the option; with --json its problem as it came', async t => {
  const problem = {
    type: 'urn:x',
    title: 'Bad query',
    detail: 'A query parameter is not valid: from is "x", expected 7d',
    code: 'bad_query',
    status: 400,
  }
  const server = await serve(t, () => ({ status: 400, body: problem }))
  const env = { SPENDLEDGER_URL: server.url }
  const plain = await runCommand(['top', 'features'], { env })
  assert.deepEqual([plain.code, plain.out, plain.err], [2, '', 'spendledger: --from is "x", expected 7d\n'])
  const json = await runCommand(['top', 'features', '--json'], { env })
  assert.equal(json.code, 2)
  assert.equal(json.out, '')
  assert.deepEqual(JSON.parse(json.err), problem)
})

test('a server that is something else is named as such', async t => {
  const server = await serve(t, () => ({ status: 404, body: '404 page not found' }))
  const { code, err } = await runCommand(['top', 'features'], { env: { SPENDLEDGER_URL: server.url } })
  assert.equal(code, 1)
  assert.match(err, /does not seem to be spendledger; SPENDLEDGER_URL/)
})

test('control characters of foreign names do not reach the terminal', async t => {
  const data = [{ ...row('a\u001b[2Jb\nc\u009b', '1', 1, '0') }]
  const server = await serve(t, () => ({ body: { ...COSTS, data } }))
  const { out } = await runCommand(['top', 'features'], { env: { SPENDLEDGER_URL: server.url } })
  assert.match(out, /^a·\[2Jb·c· /m)
})

test('colours are for terminals, and not with NO_COLOR', async t => {
  const server = await serve(t, () => ({ body: COSTS }))
  const env = { SPENDLEDGER_URL: server.url }
  const escapes = async (setting: object) =>
    (await runCommand(['top', 'features'], { env, ...setting })).out.includes('\u001b[')
  assert.equal(await escapes({ terminal: true }), true)
  assert.equal(await escapes({ terminal: true, env: { ...env, NO_COLOR: '1' } }), false)
  assert.equal(await escapes({}), false)
})

const SERIES = {
  ...COSTS,
  data: [
    { time: '2026-11-23T00:00:00+01:00', calls: 10, cost_usd: '2', unpriced_calls: 0 },
    {
      time: '2026-11-24T00:00:00+01:00',
      calls: 20,
      cost_usd: '10',
      unpriced_calls: 0,
      previous: { calls: 2, cost_usd: '8', unpriced_calls: 0 },
    },
  ],
}

test('trend shows a row for each bucket, with a bar on a terminal alone', async t => {
  const server = await serve(t, () => ({ body: SERIES }))
  const env = { SPENDLEDGER_URL: server.url, NO_COLOR: '1' }
  const piped = await runCommand(['trend'], { env })
  assert.match(piped.out, /^2026-11-24 {2,}\$10\.00 +20 +\+25\.0%$/m)
  assert.match(piped.out, /^total +\$100\.00 +60,008 +\+100\.0% +8$/m)
  const shown = await runCommand(['trend', '--granularity', 'hour'], { env, terminal: true, columns: 120 })
  assert.match(shown.out, /^2026-11-23 00:00 .* 10 +█{8}$/m)
  assert.match(shown.out, /^2026-11-24 00:00 .* 20 +▲ 25\.0% +█{40}$/m)
  const { parameters } = query(server.received[1]?.url)
  for (const given of ['granularity=hour', 'compare=previous']) assert.ok(parameters.includes(given))
})

const EVENT = {
  event_id: 'e1',
  occurred_at: '2026-11-24T09:00:01.250Z',
  feature: 'chat',
  model: 'gpt-5.4',
  tenant_id: '',
  user_id: 'u1',
  input_tokens: 1_200,
  output_tokens: 90,
  cost_usd: null,
  cost_status: 'unpriced',
}

test('events without a price show no figure', async t => {
  const server = await serve(t, () => ({ body: { data: [EVENT], next_cursor: null, meta: META } }))
  const { out } = await runCommand(['events', '--top'], { env: { SPENDLEDGER_URL: server.url } })
  assert.match(out, /^2026-11-24 09:00:01 {2}chat +gpt-5\.4 +\(none\) +u1 +1,200 +90 +unpriced {2}e1$/m)
  assert.ok(query(server.received[0]?.url).parameters.includes('order=top'))
})

test('one event shows what is known of it and the lines of its price', async t => {
  const lines = [
    {
      component: 'output',
      name: 'output',
      quantity: '90',
      rate: '15/Mtok',
      factor: '1/2',
      amount_usd: '0.000675',
    },
  ]
  const price = { explained: true, reason: '', lines }
  const data = { ...EVENT, tags: { a: 'b' }, session_id: '', cache_read_tokens: 0, is_byok: false }
  const server = await serve(t, () => ({ body: { data, price, meta: META } }))
  const { out } = await runCommand(['events', 'r:openai:a/b?c'], { env: { SPENDLEDGER_URL: server.url } })
  assert.equal(query(server.received[0]?.url).path, '/v1/events/r%3Aopenai%3Aa%2Fb%3Fc')
  assert.match(out, /^tags +\{"a":"b"\}$/m)
  assert.doesNotMatch(out, /session_id|cache_read_tokens|is_byok|tenant_id/)
  assert.match(out, /^output +output +90 +15\/Mtok +1\/2 +0\.000675$/m)
})

test('one event without a price says why', async t => {
  const data = { ...EVENT, provider: 'openai', cost_reason: 'model_unknown' }
  const price = { explained: true, reason: '', lines: [] }
  const server = await serve(t, () => ({ body: { data, price, meta: META } }))
  const { out } = await runCommand(['events', 'e1'], { env: { SPENDLEDGER_URL: server.url } })
  assert.match(out, /\n\nunpriced: the price book does not have provider openai, model gpt-5\.4\n$/)
})

test('one event that was priced under another name says under which', async t => {
  const data = { ...EVENT, request_model: 'our-deployment', cost_usd: '0.000675', cost_status: 'priced' }
  const price = { explained: true, reason: '', lines: [] }
  const server = await serve(t, () => ({ body: { data, price, meta: META } }))
  const { out } = await runCommand(['events', 'e1'], { env: { SPENDLEDGER_URL: server.url } })
  assert.match(out, /^our-deployment is priced as gpt-5\.4, its name in the price book$/m)
})

const PARTLY = {
  ...COSTS,
  data: [row('chat', '10', 5, '3', 1)],
  total: row('', '10', 5, '3', 1),
}

test('cost per call counts the calls that have a price', async t => {
  const server = await serve(t, () => ({ body: PARTLY }))
  const { out } = await runCommand(['top', 'features'], { env: { SPENDLEDGER_URL: server.url } })
  assert.match(out, /^chat +\$10\.00 +100\.0% +5 +\$2\.50 /m)
  assert.match(out, /^total +\$10\.00 +100\.0% +5 +\$2\.50 /m)
})

test('against a part of the previous period nothing is a percentage, and nothing is new', async t => {
  const body = { ...PARTLY, meta: { ...META, previous: { from: '', to: '', complete: false } } }
  const server = await serve(t, () => ({ body }))
  const { out } = await runCommand(['top', 'features'], { env: { SPENDLEDGER_URL: server.url } })
  assert.match(out, /^chat .* \$2\.50 +1$/m)
  assert.match(out, /^total .* \$2\.50 +1$/m)
})

test('a bucket in which no call has a price is unpriced, and not free', async t => {
  const data = [
    { time: '2026-11-23T00:00:00Z', calls: 10, cost_usd: '0', unpriced_calls: 10 },
    { time: '2026-11-24T00:00:00Z', calls: 20, cost_usd: '10', unpriced_calls: 1 },
    { time: '2026-11-25T00:00:00Z', calls: 2, cost_usd: '0', unpriced_calls: 0 },
  ]
  const server = await serve(t, () => ({ body: { ...SERIES, data } }))
  const { out } = await runCommand(['trend'], { env: { SPENDLEDGER_URL: server.url } })
  assert.match(out, /^day +cost +calls +change +unpriced$/m)
  assert.match(out, /^2026-11-23 +unpriced +10 +10$/m)
  assert.match(out, /^2026-11-24 +\$10\.00 +20 +1$/m)
  assert.match(out, /^2026-11-25 +\$0\.00 +2$/m)
})

test('bars take what the terminal has left', async t => {
  const server = await serve(t, () => ({ body: SERIES }))
  const env = { SPENDLEDGER_URL: server.url, NO_COLOR: '1' }
  for (const columns of [undefined, 50, 30, 20]) {
    const { out } = await runCommand(['trend'], { env, terminal: true, ...(columns ? { columns } : {}) })
    const widest = Math.max(...(out.split('\n\n', 1)[0] ?? '').split('\n').map(line => line.length))
    assert.ok(widest <= (columns ?? 80), `${columns}: ${widest}`)
    assert.equal(out.includes('█'), columns === undefined || columns > 40)
  }
})

test('a quote is explained line by line, and what is rejected exits with 1', async t => {
  const server = await serve(t, () => ({
    body: {
      data: [
        {
          index: 0,
          provider: 'openai',
          model: 'gpt-5.4',
          cost_usd: '0.000675',
          cost_status: 'priced',
          cost_reason: '',
          price_rule_id: 'openai/gpt-5.4/1',
          lines: [
            {
              component: 'output',
              name: 'output',
              quantity: '90',
              rate: '15/Mtok',
              factor: '1/2',
              amount_usd: '0.000675',
            },
          ],
        },
      ],
      rejected: [{ index: 1, event_id: '', code: 'missing_field', message: 'A needed field is missing' }],
      warnings: [],
    },
  }))
  const ran = await runCommand(['quote', '-'], {
    env: { SPENDLEDGER_URL: server.url },
    stdin: '{"a":1}\n{}\n',
  })
  assert.equal(ran.code, 1)
  assert.match(ran.out, /^line 1: openai gpt-5\.4: \$0\.000675 \(priced, rule openai\/gpt-5\.4\/1\)$/m)
  assert.match(ran.out, /^total: \$0\.000675 for 1 event$/m)
  assert.match(ran.err, /^line 2: A needed field is missing$/m)
  assert.equal(server.received[0]?.url, '/v1/quote')
})

test('a quote without a price says why in its first line', async t => {
  const unpriced = {
    index: 0,
    provider: 'openai',
    model: 'gpt-99',
    cost_usd: null,
    cost_status: 'unpriced',
    cost_reason: 'model_unknown',
    price_rule_id: '',
    lines: [],
  }
  const server = await serve(t, () => ({ body: { data: [unpriced], rejected: [], warnings: [] } }))
  const ran = await runCommand(['quote', '-'], { env: { SPENDLEDGER_URL: server.url }, stdin: '{"a":1}\n' })
  assert.equal(ran.code, 0)
  const words = 'unpriced: the price book does not have provider openai, model gpt-99'
  assert.ok(ran.out.startsWith(`line 1: openai gpt-99: ${words}\n`), ran.out)
})

test('dead letters are listed with the reason and whether they were replayed', async t => {
  const letter = {
    dead_letter_id: `sha256:${'ab'.repeat(32)}`,
    refused_at: '2026-11-24T09:00:00Z',
    reason: 'too_old',
    field: 'occurred_at',
    event_id: 'e1',
    message: 'occurred_at is older than raw events are kept',
    replayed_at: null,
  }
  const server = await serve(t, () => ({ body: { data: [letter], next_cursor: 'x', meta: META } }))
  const env = { SPENDLEDGER_URL: server.url }
  const { out } = await runCommand(['deadletters', 'list', '--reason', 'too_old'], { env })
  assert.match(
    out,
    /^2026-11-24 09:00 {2}too_old {2}occurred_at {2}e1 +sha256:ababababababa {2}occurred_at is older .*kept$/m,
  )
  const shown = await runCommand(['deadletters', 'list'], { env, terminal: true, columns: 100 })
  const [, line = ''] = shown.out.split('\n')
  assert.match(line, /occurred_at is older .*…$/)
  assert.equal(line.length, 100)
  assert.match(out, /1 refused event and more; --limit shows them/)
  assert.ok(query(server.received[0]?.url).parameters.includes('reason=too_old'))
})
