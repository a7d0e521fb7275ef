import assert from 'node:assert/strict'
import { test } from 'node:test'
import { META } from './answers-kit.ts'
import { runCommand, serve } from './harness.ts'

const change = (hour: string, reason: string, before: string, after: string, moved: string) => ({
  hour: `2026-11-23T${hour}:00:00Z`,
  reason,
  old_calls: 1_000,
  new_calls: 1_010,
  old_unpriced: 0,
  new_unpriced: 0,
  old_cost_usd: before,
  new_cost_usd: after,
  change_usd: moved,
  changed_at: '2026-11-24T08:15:00.123Z',
})

const CHANGES = {
  data: [change('14', 'late', '10', '12.5', '2.5'), change('03', 'reprice', '10', '9', '-1')],
  next_cursor: null,
  currency: 'USD',
  meta: META,
}

test('changes says which closed hours moved, from what to what and why', async t => {
  const server = await serve(t, () => ({ body: CHANGES }))
  const { code, out } = await runCommand(['changes'], { env: { SPENDLEDGER_URL: server.url } })
  assert.equal(code, 0)
  assert.equal(
    out,
    [
      'hour              reason   calls before  calls  cost before    cost  moved by  change  changed at',
      '2026-11-23 14:00  late            1,000  1,010       $10.00  $12.50    +$2.50  +25.0%  2026-11-24 08:15',
      '2026-11-23 03:00  reprice         1,000  1,010       $10.00   $9.00    -$1.00  -10.0%  2026-11-24 08:15',
      '',
      '2026-11-01 00:00 UTC up to now, 2 changes, +$1.50 together',
      '',
    ].join('\n'),
  )
})

test('calls that got a price are said', async t => {
  const priced = { ...change('14', 'reprice', '10', '12.5', '2.5'), old_unpriced: 1_000, new_unpriced: 3 }
  const server = await serve(t, () => ({ body: { ...CHANGES, data: [priced, ...CHANGES.data] } }))
  const { out } = await runCommand(['changes'], { env: { SPENDLEDGER_URL: server.url } })
  assert.match(out, /change +unpriced +changed at\n.* \+25\.0% +1,000 to 3 +2026-11-24 08:15\n/)
})

test('the first total of an hour is no change unless it is asked for', async t => {
  const server = await serve(t, () => ({ body: CHANGES }))
  const env = { SPENDLEDGER_URL: server.url }
  await runCommand(['changes', '--from', '7d'], { env })
  await runCommand(['changes', '--reason', 'first', '--reason', 'late'], { env })
  const [moved = [], named] = server.received.map(({ url }) =>
    new URL(url, 'http://x').searchParams.getAll('reason'),
  )
  assert.ok(!moved.includes('first'))
  for (const reason of ['late', 'reprice', 'correction']) assert.ok(moved.includes(reason), reason)
  assert.deepEqual(named, ['first', 'late'])
})

test('when no hour moved that is the answer', async t => {
  const server = await serve(t, () => ({ body: { ...CHANGES, data: [] } }))
  const { code, out } = await runCommand(['changes'], { env: { SPENDLEDGER_URL: server.url } })
  assert.deepEqual([code, out], [0, 'no closed hour moved, 2026-11-01 00:00 UTC up to now\n'])
})

test('a reason that does not exist is wrong usage, named as the option', async t => {
  const problem = {
    type: 'urn:x',
    title: 'Bad query',
    detail: 'reason is "lat"; did you mean late?',
    code: 'bad_query',
  }
  const server = await serve(t, () => ({ status: 400, body: problem }))
  const { code, err } = await runCommand(['changes', '--reason', 'lat'], {
    env: { SPENDLEDGER_URL: server.url },
  })
  assert.deepEqual([code, err], [2, 'spendledger: --reason is "lat"; did you mean late?\n'])
})
