// GET /v1/explain over the real engine: the parts and every list add up to the change exactly, whatever the filters, the
// baseline and the view that they come from.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { compileBook, type PriceBook } from '#core/price-book.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { createHttpServer } from '#platform/http.ts'
import { explain } from '../../services/api/explain/answer.ts'
import { readExplainQuery } from '../../services/api/explain/question.ts'
import { registerExplainRoutes } from '../../services/api/routes/explain.ts'
import { startEngine } from '../support/engine.ts'
import { silentLog, testRegistry } from '../support/silent.ts'
import { booksOf, storeEvents, testBook, usageEvent } from './fixture.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.parse('2026-11-24T10:20:00Z')
const TODAY = Date.parse('2026-11-24T10:00:00Z') - DAY

/** `large` is 10 % cheaper from the last 24 hours on. */
function exampleBook(): PriceBook {
  const rule = (id: string, rates: [string, string, string], from: number, to: number | null) => ({
    id: `openai/${id}/${from}`,
    provider: 'openai',
    model: id,
    effective: {
      from: new Date(from).toISOString().replace('.000', ''),
      to: to === null ? null : new Date(to).toISOString().replace('.000', ''),
    },
    variants: [
      {
        id: 'standard',
        rates: { input: `${rates[0]}/Mtok`, cache_read: `${rates[1]}/Mtok`, output: `${rates[2]}/Mtok` },
      },
    ],
    multipliers: [],
  })
  const start = Date.parse('2000-01-01T00:00:00Z')
  const compiled = compileBook({
    $schema: 'price-book/v1',
    book: { id: 'example', version: '1', currency: 'USD' },
    models: ['small', 'large'].map(id => ({ provider: 'openai', id, match: { exact: [id] } })),
    rules: [
      rule('small', ['0.15', '0.075', '0.60'], start, null),
      rule('large', ['2.50', '1.25', '10'], start, TODAY),
      rule('large', ['2.25', '1.125', '9'], TODAY, null),
    ],
    bucket_fallback: {},
  })
  assert.ok(compiled.kind === 'ok', compiled.kind === 'ok' ? '' : compiled.complaints.join())
  return compiled.book
}

let made = 0

type Given = Parameters<typeof usageEvent>[0]

const calls = (number: number, start: number, event: Omit<Given, 'event_id' | 'occurred_at'>): UsageEvent[] =>
  Array.from({ length: number }, (_, i) =>
    usageEvent({ ...event, event_id: `e${made++}`, occurred_at: start + Math.floor((i * DAY) / number) }),
  )

/** The worked example with a thousandth of the calls, a thousand times as long. */
const EXAMPLE: readonly UsageEvent[] = (
  [
    [80, TODAY - DAY, 'small', { input: 900, cache_read: 600, output: 300 }, '1.10'],
    [20, TODAY - DAY, 'large', { input: 1_200, cache_read: 800, output: 350 }, '1.10'],
    [65, TODAY, 'small', { input: 1_440, cache_read: 360, output: 300 }, '1.11'],
    [65, TODAY, 'large', { input: 2_080, cache_read: 520, output: 520 }, '1.11'],
  ] as const
).flatMap(([number, start, model, { input, cache_read, output }, release]) =>
  calls(number, start, {
    request_model: model,
    response_model: model,
    feature: 'support-chat',
    release,
    user_id: 'u',
    tenant_id: 't',
    prompt_version: `v${release}`,
    tokens: { input: input * 1_000, cache_read: cache_read * 1_000, output: output * 1_000 },
  }),
)

/** Nine users of a feature; the eighth, of one tenant, calls four times as often as the day before. */
const BUSY: readonly UsageEvent[] = Array.from({ length: 9 }, (_, i) => i).flatMap(i =>
  [TODAY - DAY, TODAY].flatMap(start =>
    calls(start === TODAY && i === 8 ? 40 : 10, start, {
      feature: 'search',
      user_id: `u${i}`,
      tenant_id: i === 8 ? 'loud' : 'quiet',
      session_id: `s${i % 2}`,
      task_type: 'rank',
      tokens: { input: 1_000 + i, output: 77 },
    }),
  ),
)

/** Calls of one group with a price and, as many, of a tier that has none; only the latter have long prompts now. */
const HALF_PRICED: readonly UsageEvent[] = [TODAY - DAY, TODAY].flatMap(start => [
  ...calls(12, start, { feature: 'half', tokens: { input: 1_000 } }),
  ...calls(12, start, {
    feature: 'half',
    total_tokens_reported: 7,
    tokens: { input: start === TODAY ? 900_000 : 1_000 },
  }),
])

/** A model that lost its price. */
const LOST: readonly UsageEvent[] = [
  ...calls(6, TODAY - DAY, { feature: 'lost', tokens: { input: 1_000 } }),
  ...calls(6, TODAY, { feature: 'lost', request_model: 'x', response_model: 'x', tokens: { input: 1_000 } }),
]

const NEW: readonly UsageEvent[] = calls(5, TODAY, { feature: 'fresh', tokens: { input: 1_000 } })
const ENDED: readonly UsageEvent[] = calls(5, TODAY - DAY, { feature: 'stale', tokens: { input: 1_000 } })

/** The same every day for two weeks, twice as much today. */
const WEEKS: readonly UsageEvent[] = Array.from({ length: 15 }, (_, day) => day).flatMap(day =>
  calls(day === 0 ? 8 : 4, TODAY - day * DAY, { feature: 'steady', tokens: { input: 3_333 } }),
)

/** Of two weeks before, one call without a price; today some with one. */
const RARE: readonly UsageEvent[] = [
  ...calls(1, TODAY - 7 * DAY, { feature: 'rare', request_model: 'x', response_model: 'x' }),
  ...calls(3, TODAY, { feature: 'rare', tokens: { input: 1_000 } }),
]

interface Row {
  readonly value?: string
  readonly others?: number
  readonly cost_usd: string
  readonly baseline_cost_usd: string
  readonly change_usd: string
  readonly share: number | null
}

interface Body {
  readonly data: readonly { readonly factor: string; readonly change_usd: string; readonly percent: number }[]
  readonly change_usd: string
  readonly percent: number | null
  readonly current: Readonly<Record<string, unknown>>
  readonly baseline: Readonly<Record<string, unknown>>
  readonly carried_by: Readonly<Record<string, readonly Row[] | null>>
  readonly summary: string
  readonly detail?: string
  readonly meta: {
    readonly source: string
    readonly from: string
    readonly to: string
    readonly coverage: Readonly<Record<string, number>>
    readonly baseline: {
      readonly windows: readonly object[]
      readonly scale: string
      readonly complete: boolean
      readonly coverage: Readonly<Record<string, number>>
    }
    readonly not_carried: Readonly<Record<string, string>>
  }
}

/** Decimal text as picodollars. */
function picos(text: string): bigint {
  const [whole = '', part = ''] = text.replace('-', '').split('.')
  const size = BigInt(whole + part.padEnd(12, '0'))
  return text.startsWith('-') ? -size : size
}

const sum = (texts: readonly string[]): bigint => texts.reduce((total, text) => total + picos(text), 0n)

const cents = (text: string): string => Number(text).toFixed(2)

const engine = await startEngine({ after })
const server = createHttpServer({ host: '127.0.0.1', log: silentLog(), metrics: testRegistry() })
const context = {
  warehouse: engine.warehouse('reader'),
  clock: { now: () => NOW },
  books: booksOf(testBook()),
  defaultZone: 'UTC',
  log: silentLog(),
}
registerExplainRoutes(server, context)
after(() => server.close())

async function ask(query: string, status = 200): Promise<Body> {
  const response = await server.inject({ method: 'GET', url: `/v1/explain?${query}` })
  assert.equal(response.statusCode, status, response.body)
  const body = response.json() as Body
  if (status === 200) checkSums(body, query)
  return body
}

/** Everything that is said to add up does. */
function checkSums(body: Body, query: string): void {
  const change = picos(body.change_usd)
  const [cost, before] = [body.current['cost_usd'], body.baseline['cost_usd']].map(text =>
    picos(String(text)),
  )
  assert.equal(change, (cost ?? 0n) - (before ?? 0n), query)
  assert.equal(sum(body.data.map(({ change_usd }) => change_usd)), change, query)
  for (const [dimension, list] of Object.entries(body.carried_by)) {
    if (list === null) continue
    assert.equal(sum(list.map(({ change_usd }) => change_usd)), change, `${query} ${dimension}`)
    assert.equal(sum(list.map(({ cost_usd }) => cost_usd)), cost, `${query} ${dimension}`)
    assert.equal(sum(list.map(({ baseline_cost_usd }) => baseline_cost_usd)), before, `${query} ${dimension}`)
    assert.ok(list.length <= 6)
  }
}

const partsOf = ({ data }: Body): Record<string, string> =>
  Object.fromEntries(
    data.filter(({ change_usd }) => change_usd !== '0').map(each => [each.factor, each.change_usd]),
  )

describe('explain over the real engine', () => {
  before(async () => {
    const others = [...BUSY, ...HALF_PRICED, ...LOST, ...NEW, ...ENDED, ...WEEKS, ...RARE]
    await storeEvents(engine, EXAMPLE, exampleBook())
    await storeEvents(engine, others, testBook())
  })

  it('the worked example: six factors to the cent, the models and the release, in one sentence each', async () => {
    const body = await ask('feature=support-chat')
    assert.deepEqual(
      body.data.map(({ factor, change_usd }) => [factor, cents(change_usd)]),
      [
        ['volume', '101.37'],
        ['mix', '290.45'],
        ['input', '52.49'],
        ['output', '65.58'],
        ['cache', '24.49'],
        ['price', '-39.26'],
        ['other', '0.00'],
      ],
    )
    assert.equal(body.change_usd, '495.12')
    assert.equal(body.percent, 276.91)
    assert.deepEqual(body.current, {
      calls: 130,
      cost_usd: '673.92',
      input_tokens: 286_000_000,
      output_tokens: 53_300_000,
      cache_hit_rate: 0.2,
      cost_per_call: '5.184',
      unpriced_calls: 0,
    })
    assert.equal(
      body.summary,
      'Spend of support-chat rose by $495.12 (+277 %) against the day before. ' +
        'Mix explains $290.45: large took calls of small (20 % to 50 % of calls). ' +
        'Most of the spend is of release 1.11 and prompt version v1.11, which had none in the baseline. ' +
        'baseline=week compares with the same weekday.',
    )
    assert.deepEqual(body.carried_by['release']?.[0], {
      value: '1.11',
      cost_usd: '673.92',
      baseline_cost_usd: '0',
      change_usd: '673.92',
      share: 1.3611,
    })
    assert.deepEqual(body.meta.baseline.windows, [
      { from: '2026-11-22T10:00:00Z', to: '2026-11-23T10:00:00Z' },
    ])
    assert.deepEqual([body.meta.source, body.meta.baseline.scale], ['rollup by feature', '1'])
  })

  it('the answer is the same from every view that can give it', async () => {
    const [byFeature, byUser, events] = await Promise.all([
      ask('feature=support-chat'),
      ask('feature=support-chat&user_id=u'),
      ask('feature=support-chat&prompt_version=v1.10&prompt_version=v1.11'),
    ])
    assert.deepEqual(
      [byFeature, byUser, events].map(({ meta }) => meta.source),
      ['rollup by feature', 'rollup by user', 'events'],
    )
    for (const body of [byUser, events]) {
      assert.deepEqual(body.data, byFeature.data)
      assert.deepEqual(body.carried_by, byFeature.carried_by)
    }
  })

  it('names five values and the rest as one; a user who calls more often carries volume', async () => {
    const body = await ask('feature=search')
    const users = body.carried_by['user_id'] ?? []
    assert.deepEqual([users.length, users[0]?.value, users[5]?.others], [6, 'u8', 4])
    assert.deepEqual(Object.keys(partsOf(body)).slice(0, 1), ['volume'])
    assert.match(
      body.summary,
      /^Spend of search rose by \$0\.0\d+ \(\+\d+ %\) against the day before\. Volume explains/,
    )
    assert.match(
      body.summary,
      /calls went from 90 to 120\. Carried by user u8 and tenant loud\. baseline=week/,
    )
    await ask('feature=search&session_id=s0')
    await ask('feature=search&tenant_id=loud&environment=')
  })

  it('lists of everything add up too, with any baseline', async () => {
    const baselines = ['previous', 'week', '4w', '2026-11-20/2026-11-22', '2026-11-01T00:07:00Z/2026-11-20']
    for (const baseline of baselines) await ask(`baseline=${baseline}`)
    await ask('from=2026-11-23T10:07:00Z&to=2026-11-24T09:59:59.999Z')
    await ask('tz=Asia/Kathmandu&from=today')
  })

  it('tokens of calls without a price are no change of prompts or prices, and the calls are counted', async () => {
    const body = await ask('feature=half')
    assert.equal(body.change_usd, '0')
    assert.deepEqual(partsOf(body), {})
    assert.deepEqual([body.meta.source, body.meta.coverage['unpriced']], ['events', 12])
    assert.match(
      body.summary,
      /did not change.*Left out because they have no price: 12 calls, and 12 calls of the baseline\./,
    )
  })

  it('calls that lost their price are missing, which is said, and no lower price', async () => {
    const body = await ask('feature=lost&baseline=previous')
    assert.deepEqual(partsOf(body), { volume: '-0.006' })
    assert.equal(
      body.summary,
      'Spend of lost fell by $0.00600 (-100 %) against the day before. ' +
        'Volume explains -$0.00600: calls with a price went from 6 to 0. ' +
        'Left out because they have no price: 6 calls, and 0 calls of the baseline.',
    )
  })

  it('calls without a price were no calls where a mean of weeks rounded them to none', async () => {
    const body = await ask('feature=rare&baseline=4w')
    assert.deepEqual([body.baseline['unpriced_calls'], body.meta.baseline.coverage['unpriced']], [0, 1])
    assert.match(body.summary, /no price: 0 calls, and 1 call of the baseline\.$/)
    assert.match(body.summary, /no call in .* has a price/)
  })

  it('a window that goes on into the future was a fall', async () => {
    const { meta, summary } = await ask('feature=steady&from=2026-11-24&to=2026-11-25')
    assert.deepEqual(
      [meta.to, meta.baseline.windows],
      ['2026-11-24T10:30:00Z', [{ from: '2026-11-23T00:00:00Z', to: '2026-11-23T10:30:00Z' }]],
    )
    assert.match(summary, /against the same time the day before\..* The window is not over\.$/)
    const over = await ask('feature=steady')
    assert.doesNotMatch(over.summary, /not over|arrive/)
  })

  it('a week before that the clocks jumped over was a division by zero', async () => {
    await ask('tz=Europe/Berlin&from=2026-04-05T02:00&to=2026-04-05T03:00&baseline=week')
    await ask('tz=Europe/Berlin&from=2026-04-05T02:30&to=2026-04-05T03:00&baseline=week')
    await ask('tz=Europe/Berlin&from=2026-03-30&to=2026-04-06&baseline=4w')
  })

  it('seven statements for the lists were on their way at once', async () => {
    let [running, most] = [0, 0]
    const reader = engine.warehouse('reader')
    const explanation = await explain(
      {
        ...context,
        warehouse: {
          ...reader,
          async query<Row extends object>(...[sql, options]: Parameters<typeof reader.query>) {
            if (!sql.startsWith('SELECT value, current_cost_usd')) return reader.query<Row>(sql, options)
            running++
            most = Math.max(most, running)
            return reader.query<Row>(sql, options).finally(() => running--)
          },
        },
      },
      readExplainQuery({}, { now: NOW, defaultZone: 'UTC' }),
    )
    assert.deepEqual([most, Object.values(explanation.carried_by).filter(Boolean).length], [2, 7])
  })

  it('spend without a baseline is new, and spend that ended is volume', async () => {
    const fresh = await ask('feature=fresh&baseline=previous')
    assert.deepEqual(partsOf(fresh), { new: '0.005' })
    assert.equal(fresh.percent, null)
    assert.equal(fresh.summary, 'Spend of fresh is new: $0.00500, and no call in the day before.')
    const stale = await ask('feature=stale&baseline=previous')
    assert.deepEqual(partsOf(stale), { volume: '-0.005' })
    assert.match(
      stale.summary,
      /fell by \$0\.00500 \(-100 %\) against the day before: there are no calls any more\.$/,
    )
    const nothing = await ask('feature=nobody')
    assert.deepEqual([partsOf(nothing), nothing.percent], [{}, null])
    assert.equal(
      nothing.summary,
      'There are no calls of nobody, neither in the window nor in the day before.',
    )
  })

  it('the mean of four weeks is of those that the ledger has; an interval of another length is scaled', async () => {
    const weeks = await ask('feature=steady&baseline=4w')
    assert.equal(weeks.meta.baseline.windows.length, 2)
    assert.deepEqual([weeks.meta.baseline.scale, weeks.meta.baseline.complete], ['1/2', false])
    assert.deepEqual(partsOf(weeks), { volume: '0.013332' })
    assert.match(weeks.summary, /\(\+100 %\) against the same time in 2 of the four weeks before\./)
    // Said once: the weeks that are compared are all there.
    assert.doesNotMatch(weeks.summary, /does not have all/)
    const longer = await ask('feature=steady&baseline=2026-11-13T10:00:00Z/2026-11-23T10:00:00Z')
    assert.deepEqual([longer.meta.baseline.scale, partsOf(longer)], ['1/10', { volume: '0.013332' }])
    assert.deepEqual([longer.baseline['calls'], longer.meta.baseline.coverage['calls']], [4, 40])
    const week = await ask('feature=steady&baseline=week')
    assert.deepEqual([week.change_usd, week.meta.baseline.complete], ['0.013332', true])
  })

  it('what only events tell is left out of long questions, with the reason', async () => {
    const body = await ask('feature=support-chat&from=2026-11-01&to=2026-11-24')
    assert.equal(body.carried_by['prompt_version'], null)
    assert.match(body.meta.not_carried['prompt_version'] ?? '', /at most 31 days/)
    assert.ok(body.carried_by['release'])
  })

  it('CSV has the factors and the lists', async () => {
    const response = await server.inject({ url: '/v1/explain?feature=search&format=csv' })
    const lines = response.body.split('\r\n')
    assert.equal(lines[0], 'part,value,others,cost_usd,baseline_cost_usd,change_usd,percent')
    assert.match(lines[1] ?? '', /^factor,volume,,,,0\.0\d+,\d+/)
    assert.ok(lines.some(line => /^user_id,u8,,0\.\d+,0\.\d+,0\.\d+,/.test(line)))
    assert.ok(lines.some(line => /^user_id,,4,/.test(line)))
    assert.match(String(response.headers['spendledger-meta']), /"scale":"1"/)
  })

  it('what is asked wrongly is refused with what was expected', async () => {
    const refused: readonly (readonly [string, RegExp])[] = [
      ['baseline=month', /baseline is "month", expected previous, week, 4w, or two times FROM\/TO/],
      ['baseline=2026-11-08/2026-11-01', /a start before the end/],
      ['baseline=2026-11-01/2026-11-24', /does not overlap/],
      ['baseline=a/b/c', /expected previous/],
      ['baseline=week&from=2026-11-01', /at most 7 days/],
      ['baseline=4w&from=8d', /at most 7 days/],
      ['baseline=1999-11-01/1999-12-01', /before 2000/],
      ['from=2000-01-05&to=2001-01-01', /before 2000/],
      ['baseline=week&baseline=4w', /one value/],
      ['feture=x', /did you mean feature/],
      ['group_by=model', /there is no parameter "group_by"/],
      ['from=2026-11-24&to=2026-11-23', /is not before to/],
      ['from=2026-11-25&to=2026-11-26', /is in the future/],
      ['tz=Mars/Olympus', /time zone/],
      ['format=xml', /json, csv/],
    ]
    for (const [query, message] of refused) assert.match((await ask(query, 400)).detail ?? '', message, query)
  })
})
