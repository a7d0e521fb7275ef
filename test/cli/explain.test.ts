import assert from 'node:assert/strict'
import { test } from 'node:test'
import { widthOf } from '../../services/cli/text-width.ts'
import { runCommand, serve } from './harness.ts'

const coverage = (calls: number, unpriced = 0) => ({
  calls,
  priced: calls - unpriced,
  unpriced,
  estimated: 0,
  inconsistent: 0,
  without_feature: 0,
})

const carrier = (value: string | number, before: string, now: string, change: string) => ({
  ...(typeof value === 'string' ? { value } : { others: value }),
  cost_usd: now,
  baseline_cost_usd: before,
  change_usd: change,
  share: 0,
})

const ANSWER = {
  data: [
    { factor: 'volume', change_usd: '101.37', percent: 20.47 },
    { factor: 'mix', change_usd: '290.45', percent: 58.66 },
    { factor: 'input', change_usd: '52.49', percent: 10.6 },
    { factor: 'output', change_usd: '65.58', percent: 13.24 },
    { factor: 'cache', change_usd: '24.49', percent: 4.94 },
    { factor: 'price', change_usd: '-39.26', percent: -7.93 },
    { factor: 'other', change_usd: '0', percent: 0 },
  ],
  change_usd: '495.12',
  percent: 276.91,
  current: { calls: 130_000, cost_usd: '673.92', unpriced_calls: 0 },
  baseline: { calls: 100_000, cost_usd: '178.8', unpriced_calls: 0 },
  carried_by: {
    feature: [carrier('support-chat', '178.8', '673.92', '495.12')],
    model: [carrier('large', '110', '560.52', '450.52'), carrier('small', '68.8', '113.4', '44.6')],
    user_id: [
      carrier('u-1', '1', '201', '200'),
      carrier('', '1', '101', '100'),
      carrier('u-3', '1', '91', '90'),
      carrier('u-4', '1', '51', '50'),
      carrier('u-5', '1', '41', '40'),
      carrier(95, '173.8', '188.92', '15.12'),
    ],
    prompt_version: null,
  },
  summary:
    'Spend of support-chat rose by $495.12 (+277 %) against the day before. Mix explains $290.45: large took calls of small (20 % to 50 % of calls).',
  currency: 'USD',
  meta: {
    from: '2026-11-23T10:00:00Z',
    to: '2026-11-24T10:00:00Z',
    tz: 'UTC',
    fresh_until: '2026-11-24T09:58:00Z',
    coverage: coverage(130_000),
    baseline: {
      name: 'previous',
      windows: [{ from: '2026-11-22T10:00:00Z', to: '2026-11-23T10:00:00Z' }],
      scale: '1',
      complete: true,
      coverage: coverage(100_000, 3),
    },
    not_carried: { prompt_version: 'single events of these windows are no longer kept' },
  },
}

test('explain shows the summary, the factors, who carries the change, and both periods', async t => {
  const server = await serve(t, () => ({ body: ANSWER }))
  const { code, out, err } = await runCommand(['explain', '--feature', 'support-chat'], {
    env: { SPENDLEDGER_URL: server.url },
  })
  assert.deepEqual([code, err], [0, ''])
  assert.equal(
    out,
    `${ANSWER.summary}

factor      change  share
volume    +$101.37  20.5%
mix       +$290.45  58.7%
input      +$52.49  10.6%
output     +$65.58  13.2%
cache      +$24.49   4.9%
price      -$39.26  -7.9%
together  +$495.12

carried by  value         before      now    change
model       large        $110.00  $560.52  +$450.52
            small         $68.80  $113.40   +$44.60
user_id     u-1            $1.00  $201.00  +$200.00
            (none)         $1.00  $101.00  +$100.00
            u-3            $1.00   $91.00   +$90.00
            (97 others)  $175.80  $280.92  +$105.12

2026-11-23 10:00 to 2026-11-24 10:00 UTC, 130,000 calls, complete until 2026-11-24 09:58
against 2026-11-22 10:00 to 2026-11-23 10:00, 100,000 calls (3 unpriced)
not told by prompt_version: single events of these windows are no longer kept
`,
  )
})

test('on a terminal it fits 80 columns, and a bar shows which way each factor pushed', async t => {
  const server = await serve(t, () => ({ body: ANSWER }))
  const setting = { terminal: true, columns: 80, env: { SPENDLEDGER_URL: server.url } }
  const { out } = await runCommand(['explain'], { ...setting, env: { ...setting.env, NO_COLOR: '1' } })
  const lines = out.split('\n')
  for (const line of lines) assert.ok(widthOf(line) <= 80, line)
  assert.equal(
    lines.find(line => line.startsWith('mix')),
    `mix       +$290.45  58.7%  ${' '.repeat(12)}│${'█'.repeat(12)}`,
  )
  assert.equal(
    lines.find(line => line.startsWith('price')),
    `price      -$39.26  -7.9%  ${' '.repeat(10)}██│`,
  )
  const colours = await runCommand(['explain'], setting)
  assert.ok(colours.out.includes(`\u001b[31m${' '.repeat(12)}│${'█'.repeat(12)}`))
  assert.ok(colours.out.includes(`\u001b[32m${' '.repeat(10)}██│`))
})

test('values of foreign events move no cursor', async t => {
  const evil = carrier('\u001b[2Jx', '0', '1', '1')
  const body = {
    ...ANSWER,
    summary: 'Spend of \u001b[2J rose',
    carried_by: { model: [evil, evil] },
  }
  const server = await serve(t, () => ({ body }))
  const { out } = await runCommand(['explain'], { env: { SPENDLEDGER_URL: server.url } })
  assert.ok(!out.includes('\u001b'))
})

test('window, filters and baseline go to the API as they are; --json and --csv print its body', async t => {
  const server = await serve(t, () => ({ body: ANSWER }))
  const env = { SPENDLEDGER_URL: server.url }
  const options = '--from 2026-11-20 --to 2026-11-21 --user u --baseline 4w --json'
  const { out } = await runCommand(['explain', ...options.split(' ')], { env })
  assert.deepEqual(JSON.parse(out), ANSWER)
  await runCommand(['explain', '--csv'], { env })
  const [first, second] = server.received.map(({ url }) => new URL(url, 'http://x'))
  assert.equal(first?.pathname, '/v1/explain')
  assert.deepEqual([...(first?.searchParams ?? [])].sort(), [
    ['baseline', '4w'],
    ['from', '2026-11-20'],
    ['to', '2026-11-21'],
    ['user_id', 'u'],
  ])
  assert.equal(second?.searchParams.get('format'), 'csv')
})

test('a list of one release was left out, and nobody knew whether there had been a deployment', async t => {
  const line = async (answer: object): Promise<string | undefined> => {
    const server = await serve(t, () => ({ body: answer }))
    const { out } = await runCommand(['explain', '--feature', 'support-chat'], {
      env: { SPENDLEDGER_URL: server.url },
    })
    return out.split('\n').find(text => text.startsWith('release:'))
  }
  const meta = { ...ANSWER.meta, baseline: { ...ANSWER.meta.baseline, coverage: coverage(100_000) } }
  const one = (now: string, before: string) => ({
    ...ANSWER,
    meta,
    carried_by: { release: [carrier('1.10', before, now, '1')] },
  })
  assert.equal(await line(one('2', '1')), 'release: one throughout, 1.10')
  assert.equal(await line(one('1', '0')), undefined)
  // Calls without a price are of a release that is in no list.
  assert.equal(await line({ ...one('2', '1'), meta: ANSWER.meta }), undefined)
})
