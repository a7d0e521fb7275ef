import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatPicos, parsePicos } from '#core/money.ts'
import { COST_STATUSES, type EventCost, priceEvent } from '#core/price.ts'
import { COMPONENTS } from '#core/price-amounts.ts'
import type { RuleJson } from '#core/price-book-json.ts'
import { TOKEN_BUCKETS } from '#core/tokens.ts'
import {
  bookJson,
  compiled,
  type EventParts,
  normalised,
  priced,
  usageEvent,
  withUsage,
} from './pricing-kit.ts'

const CALL: EventParts = { provider: 'acme', response_model: 'm', tokens: { input: 1_000_000, output: 100 } }
const BOOK = compiled(bookJson([{}]))

const usd = (cost: EventCost): string | null => (cost.costUsd === null ? null : formatPicos(cost.costUsd))
const price = (parts: EventParts, rule: Partial<RuleJson> = {}): EventCost =>
  priced(usageEvent({ ...CALL, ...parts }), compiled(bookJson([rule])))

function assertAddsUp(cost: EventCost): void {
  const sum = COMPONENTS.reduce((total, component) => total + cost.components[component], 0n)
  assert.equal(sum, cost.costUsd ?? 0n)
  for (const component of COMPONENTS) {
    const lines = cost.lines().filter(line => line.component === component)
    const shown = lines.reduce((total, line) => total + (parsePicos(line.amount) ?? 0n), 0n)
    assert.equal(shown, cost.components[component], component)
  }
}

describe('the model', () => {
  it('that answered decides', () => {
    const cost = price({ request_model: 'other' })
    assert.deepEqual([cost.status, cost.reason, cost.model, usd(cost)], ['priced', '', 'm', '5.0025'])
    assert.equal(cost.ruleId, 'rule-0')
    assert.equal(cost.bookVersion, compiled(bookJson([{}])).hash)
  })

  it('that was asked for decides, with a flag, where none answered by name', () => {
    const cost = price({ response_model: '', request_model: 'M' })
    assert.deepEqual([cost.status, cost.reason], ['priced', 'priced_by_request_model'])
  })

  it('that is unknown is unpriced, never 0 and never priced as the one that was asked for', () => {
    const cost = price({ response_model: 'm-mini', request_model: 'm' })
    assert.deepEqual(
      [cost.status, cost.reason, cost.costUsd, cost.listCostUsd],
      ['unpriced', 'model_unknown', null, null],
    )
    assert.equal(cost.model, 'm-mini')
    assertAddsUp(cost)
  })

  it('behind a deployment is what the tenant’s alias says', () => {
    const aliases = [
      { provider: 'acme', deployment: 'ours', model: 'm' },
      { tenant: 't', provider: 'acme', deployment: 'ours', model: 'n' },
    ]
    const models = ['m', 'n'].map(id => ({ provider: 'acme', id, match: { exact: [id] } }))
    const book = compiled(bookJson([{}, { model: 'n' }], { models, aliases }))
    const model = (tenant_id: string) =>
      priced(usageEvent({ ...CALL, response_model: 'x', deployment: 'ours', tenant_id }), book).model
    assert.deepEqual([model('t'), model('u')], ['n', 'm'])
  })
})

describe('the rule', () => {
  it('of the time of the request applies, from its first instant to before its last', () => {
    const book = compiled(
      bookJson([
        { effective: { from: '2026-01-01T00:00:00Z', to: '2026-08-16T16:00:00Z' } },
        {
          effective: { from: '2026-08-16T16:00:00Z', to: null },
          variants: [{ id: 'standard', rates: { input: '1/Mtok', output: '1/Mtok' } }],
        },
      ]),
    )
    const at = (time: string) => priced(usageEvent({ ...CALL, occurred_at: Date.parse(time) }), book)
    assert.equal(at('2026-01-01T00:00:00Z').ruleId, 'rule-0')
    assert.equal(at('2026-08-16T15:59:59.999Z').ruleId, 'rule-0')
    assert.equal(at('2026-08-16T16:00:00Z').ruleId, 'rule-1')
    assert.equal(at('2025-12-31T23:59:59.999Z').reason, 'no_rule_at_time')
  })
})

describe('a bucket', () => {
  it('without a rate is priced by its fallback, or refused when it is not empty', () => {
    assert.equal(usd(price({ tokens: { reasoning: 1_000_000 } })), '25')
    const cost = price({ tokens: { input: 1, cache_write_1h: 1 } })
    assert.deepEqual([cost.status, cost.reason, cost.costUsd], ['unpriced', 'no_rate:cache_write_1h', null])
    assert.equal(cost.ruleId, 'rule-0')
  })

  it('that the book refuses on purpose has no price, however its fallback reads', () => {
    const variants = [{ id: 'standard', rates: { input: '5/Mtok', output: '25/Mtok', reasoning: 'REFUSE' } }]
    assert.equal(price({ tokens: { reasoning: 1 } }, { variants }).reason, 'no_rate:reasoning')
  })

  it('belongs to one component', () => {
    const rates = Object.fromEntries(TOKEN_BUCKETS.map(bucket => [bucket, '1/Mtok']))
    const tokens = Object.fromEntries(TOKEN_BUCKETS.map((bucket, i) => [bucket, 2 ** i]))
    const { components } = price({ tokens }, { variants: [{ id: 'standard', rates }] })
    const of = (...buckets: (typeof TOKEN_BUCKETS)[number][]) =>
      buckets.reduce((sum, bucket) => sum + 1_000_000n * BigInt(tokens[bucket] ?? 0), 0n)
    assert.deepEqual(components, {
      uncachedInput: of('input', 'input_audio', 'input_image', 'input_video'),
      cacheRead: of('cache_read', 'cache_read_audio', 'cache_read_image'),
      cacheWrite: of('cache_write_5m', 'cache_write_1h'),
      output: of('output', 'reasoning', 'output_audio', 'output_image'),
      units: 0n,
    })
  })
})

describe('units', () => {
  const variants = [
    { id: 'standard', rates: { input: '5/Mtok', web_search: '10/K', audio_second_in: '0.36/hour' } },
  ]

  it('are priced by the piece, also by fractions of it', () => {
    const cost = price(
      { tokens: { input: 3 }, units: { web_search: '4', audio_second_in: '0.5' } },
      { variants },
    )
    assert.equal(usd(cost), '0.040065')
    assert.equal(cost.components.units, 40_050_000_000n)
    assertAddsUp(cost)
  })

  it('without a rate are refused unless there are none of them', () => {
    assert.equal(price({ units: { page: '1' } }, { variants }).reason, 'no_rate:output')
    assert.equal(price({ tokens: {}, units: { page: '1' } }, { variants }).reason, 'no_rate:page')
    assert.equal(price({ tokens: {}, units: { page: '0' } }, { variants }).status, 'priced')
  })

  it('are not multiplied', () => {
    const multipliers = [{ id: 'batch', when: { batch: true }, tokens: '1/2' }]
    const cost = price(
      { tokens: { input: 2 }, units: { web_search: '1' }, batch: true },
      { variants, multipliers },
    )
    assert.equal(usd(cost), '0.010005')
    assert.deepEqual(
      cost.lines().map(line => line.factor),
      ['1/2', '1'],
    )
  })
})

describe('long contexts', () => {
  const tier = (threshold: { gt: number } | { gte: number }): Partial<RuleJson> => ({
    variants: [
      {
        id: 'standard',
        rates: { input: '1/Mtok', output: '1/Mtok', cache_read: '1/Mtok' },
        context_tiers: [
          { metric: 'input_total', ...threshold, rates: { input: '2/Mtok', cache_read: '2/Mtok' } },
          { metric: 'input_total', gt: 500_000, rates: { input: '3/Mtok', cache_read: '3/Mtok' } },
        ],
      },
    ],
  })

  it('begin above the threshold, counting cached input, and price the whole request', () => {
    const at = (input: number, cache_read: number) =>
      price({ tokens: { input, cache_read } }, tier({ gt: 200_000 }))
    assert.deepEqual([at(0, 200_000).tier, usd(at(0, 200_000))], ['', '0.2'])
    assert.deepEqual([at(1, 200_000).tier, usd(at(1, 200_000))], ['input_total>200000', '0.400002'])
  })

  it('may begin at the threshold, and the highest one counts', () => {
    assert.equal(price({ tokens: { input: 200_000 } }, tier({ gte: 200_000 })).tier, 'input_total>=200000')
    assert.equal(price({ tokens: { input: 500_001 } }, tier({ gte: 200_000 })).tier, 'input_total>500000')
  })
})

describe('how a call was served', () => {
  const rule: Partial<RuleJson> = {
    variants: [
      {
        id: 'standard',
        rates: { input: '4/Mtok', output: '20/Mtok', web_search: '10/K' },
        context_tiers: [{ metric: 'input_total', gt: 1_000_000, rates: { input: '8/Mtok' } }],
      },
      { id: 'flex', when: { service_tier: ['flex'] }, scale: { of: 'standard', tokens: '1/2' } },
      {
        id: 'night-flex',
        when: { service_tier: ['flex'], time: { tz: 'UTC', days: ['tue'], windows: ['00:00-06:00'] } },
        rates: { input: '1/Mtok' },
      },
    ],
    multipliers: [
      { id: 'batch', when: { batch: true }, tokens: '1/2' },
      { id: 'geo-us', when: { inference_geo: ['us'] }, tokens: '11/10' },
    ],
  }
  const tokens = { input: 1_000_000 }

  it('chooses the variant with the most conditions that hold', () => {
    assert.deepEqual([price({ tokens }, rule).variant, usd(price({ tokens }, rule))], ['standard', '4'])
    const flex = price({ tokens, service_tier: 'flex' }, rule)
    assert.deepEqual([flex.variant, usd(flex), flex.lines()[0]?.rate], ['flex', '2', '4/Mtok x 1/2'])
    const night = price(
      { tokens, service_tier: 'flex', occurred_at: Date.parse('2026-11-24T03:00:00Z') },
      rule,
    )
    assert.deepEqual([night.variant, usd(night)], ['night-flex', '1'])
  })

  it('scales long contexts with the variant, and units not at all', () => {
    const cost = price(
      { tokens: { input: 2_000_000 }, service_tier: 'flex', units: { web_search: '1' } },
      rule,
    )
    assert.deepEqual([usd(cost), cost.tier], ['8.01', 'input_total>1000000'])
  })

  it('multiplies by everything that applies', () => {
    const cost = price({ tokens, batch: true, inference_geo: 'US' }, rule)
    assert.deepEqual([usd(cost), cost.multipliers], ['2.2', ['batch', 'geo-us']])
    assert.equal(cost.lines()[0]?.factor, '1/2 x 11/10')
  })

  it('in a way that the rule has no price for is refused, not priced as ordinary', () => {
    assert.equal(price({ tokens, service_tier: 'priority' }, rule).reason, 'no_rate:service_tier')
    assert.equal(price({ tokens, speed: 'fast' }, rule).reason, 'no_rate:speed')
    for (const service_tier of ['', 'default', 'Standard', 'auto', 'batch']) {
      assert.equal(price({ tokens, service_tier }, rule).status, 'priced', service_tier)
    }
  })
})

describe('a contract', () => {
  const contracts = [
    { id: 'everyone', scope: {}, tokens: '9/10' },
    { id: 'acme-ea', scope: { tenant: 't', provider: 'acme' }, tokens: '17/20' },
  ]
  const variants = [{ id: 'standard', rates: { input: '5/Mtok', output: '25/Mtok', web_search: '10/K' } }]
  const book = compiled(bookJson([{ variants }], { contracts }))
  const cost = (tenant_id: string) =>
    priced(usageEvent({ ...CALL, tokens: { input: 1_000_000 }, units: { web_search: '1' }, tenant_id }), book)

  it('takes its share of the tokens’ list price, the most specific one', () => {
    assert.deepEqual([usd(cost('t')), usd(cost('u'))], ['4.26', '4.51'])
    assert.equal(formatPicos(cost('t').listCostUsd ?? 0n), '5.01')
    assert.equal(cost('t').contractedCostUsd, cost('t').costUsd)
    assert.equal(cost('t').lines()[0]?.factor, '17/20')
    assertAddsUp(cost('t'))
  })
})

describe('the status', () => {
  it('is one of the closed list', () => {
    assert.deepEqual(
      [...COST_STATUSES],
      ['priced', 'provider_reported', 'estimated', 'unpriced', 'inconsistent_usage', 'unbilled'],
    )
  })

  it('is estimated where the usage is', () => {
    for (const usage_source of ['estimated', 'provider_partial'] as const) {
      assert.deepEqual(
        [price({ usage_source }).status, usd(price({ usage_source }))],
        ['estimated', '5.0025'],
      )
    }
  })

  it('is unpriced without usage, and 0 with a usage of 0', () => {
    const none = price({ tokens: {} })
    assert.deepEqual([none.status, none.reason, none.costUsd], ['unpriced', 'no_usage', null])
    const zero = price({ tokens: {}, usage_source: 'provider' })
    assert.deepEqual([zero.status, zero.reason, zero.costUsd], ['priced', '', 0n])
  })

  it('is unbilled for an error without usage, and priced for one with usage', () => {
    const failed = { status: 'error', error_type: '429' } as const
    const cost = price({ ...failed, tokens: {} })
    assert.deepEqual([cost.status, cost.reason, cost.costUsd], ['unbilled', 'error_without_usage', 0n])
    assert.equal(price(failed).status, 'priced')
    assert.equal(price({ status: 'aborted', tokens: {} }).reason, 'no_usage')
  })

  it('is unbilled for what a gateway answered from its cache, whatever it counted', () => {
    const cost = price({ status: 'cached_by_gateway' })
    assert.deepEqual([cost.status, cost.reason, cost.costUsd], ['unbilled', 'cached_by_gateway', 0n])
  })

  it('is unbilled by the token on provisioned capacity', () => {
    assert.deepEqual(price({ capacity: 'provisioned' }).reason, 'provisioned_capacity')
  })

  it('is unbilled where a multiplier of the rule is 0', () => {
    const multipliers = [
      { id: 'refusal', when: { finish_reason: ['refusal'], output_started: false }, tokens: '0' },
    ]
    const refused = price({ finish_reason: 'refusal', tokens: { input: 9 } }, { multipliers })
    assert.deepEqual([refused.status, refused.reason, refused.costUsd], ['unbilled', 'unbilled_by_rule', 0n])
    assert.equal(price({ finish_reason: 'refusal' }, { multipliers }).status, 'priced')
  })

  it('is inconsistent for usage that contradicts itself', () => {
    const usage = {
      prompt_tokens: 5,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 128_955 },
    }
    const cost = priced(withUsage(usage, { ...CALL, tokens: {}, usage_format: 'openai_chat' }), BOOK)
    assert.deepEqual([cost.status, cost.reason, cost.costUsd], ['inconsistent_usage', 'inconsistent', null])
    assertAddsUp(cost)
  })

  it('is inconsistent for a cost that no call has: a million dollars', () => {
    const variants = (rate: string) => [{ id: 'standard', rates: { input: rate } }]
    const tokens = { input: 1_000_000 }
    const below = price({ tokens }, { variants: variants('999999.999999999999/Mtok') })
    assert.deepEqual([below.status, usd(below)], ['priced', '999999.999999999999'])
    const above = price({ tokens }, { variants: variants('1000000/Mtok') })
    assert.deepEqual([above.status, above.reason, above.costUsd], ['inconsistent_usage', 'too_large', null])
    assertAddsUp(above)
  })
})

describe('what is no ordinary call', () => {
  it('an agent’s or a workflow’s sum of its calls is not billed again, and holds no tokens', () => {
    const event = usageEvent({ ...CALL, operation: 'invoke_agent' })
    const { event: stored } = normalised(event)
    assert.deepEqual([stored.tokens.input, stored.tokens.output], [0, 0])
    assert.equal(stored.total_tokens_reported, 1_000_100)
    const cost = priced(event, BOOK)
    assert.deepEqual([cost.status, cost.reason, usd(cost)], ['unbilled', 'aggregate', '0'])
  })

  it('an abort is a lower bound: by what was reported, else by the prompt that was sent', () => {
    const partial = price({ status: 'aborted', usage_source: 'provider_partial' })
    assert.deepEqual([partial.status, partial.reason, usd(partial)], ['estimated', 'lower_bound', '5.0025'])
    const prompt = price({
      status: 'aborted',
      tokens: { input: 0, output: 0 },
      prompt_parts: { system: 300, history: 700 },
    })
    assert.deepEqual([prompt.status, prompt.reason, usd(prompt)], ['estimated', 'lower_bound', '0.005'])
    const nothing = price({ status: 'aborted', tokens: { input: 0, output: 0 } })
    assert.deepEqual([nothing.status, nothing.reason, usd(nothing)], ['unpriced', 'no_usage', null])
  })

  it('a deployment type of provisioned capacity is paid by the hour', () => {
    const cost = price({ deployment_type: 'GlobalProvisionedManaged' })
    assert.deepEqual([cost.status, cost.reason, usd(cost)], ['unbilled', 'provisioned_capacity', '0'])
  })
})

describe('several requests behind one call', () => {
  const tiered = (model: string, input: string): Partial<RuleJson> => ({
    id: `rule-${model}`,
    model,
    variants: [
      {
        id: 'standard',
        rates: { input: `${input}/Mtok`, output: '10/Mtok' },
        context_tiers: [{ metric: 'input_total', gt: 100, rates: { input: '100/Mtok' } }],
      },
    ],
  })
  const book = compiled(
    bookJson([tiered('m', '1'), tiered('n', '3')], {
      models: ['m', 'n'].map(id => ({ provider: 'acme', id, match: { exact: [id] } })),
    }),
  )
  const call = (parts: readonly { model: string; input: number }[]) => {
    const event = usageEvent({
      provider: 'acme',
      response_model: 'm',
      tokens: { input: parts.reduce((sum, { input }) => sum + input, 0) },
      units: {},
      usage_source: 'provider',
    })
    const requests = parts.map(({ model, input }) => ({
      model,
      tokens: usageEvent({ tokens: { input } }).tokens,
    }))
    return priceEvent({ event, consistent: true, hasUsage: true, parts: requests }, book)
  }

  it('are each priced by their own model and their own length', () => {
    const cost = call([
      { model: '', input: 90 },
      { model: 'n', input: 60 },
    ])
    assert.equal(usd(cost), '0.00027')
    assert.deepEqual(
      cost.lines().map(({ model, rule, quantity, amount }) => [model, rule, quantity, amount]),
      [
        ['m', 'rule-m', '90', '0.00009'],
        ['n', 'rule-n', '60', '0.00018'],
      ],
    )
    assertAddsUp(cost)
  })

  it('are unpriced as a whole where one of them has no price', () => {
    const cost = call([
      { model: '', input: 90 },
      { model: 'unheard-of', input: 60 },
    ])
    assert.deepEqual([cost.status, cost.reason, usd(cost)], ['unpriced', 'model_unknown', null])
  })
})

describe('a cost that the provider reports', () => {
  const rule: Partial<RuleJson> = { provider: 'openrouter' }
  const models = [{ provider: 'openrouter', id: 'm', match: { exact: ['m'] } }]
  const book = compiled(bookJson([rule], { models }))
  const report: EventParts = { ...CALL, provider: 'openrouter', reported_cost: '0.0360795' }

  it('is the cost where the provider bills it, divided as our rates divide it', () => {
    const cost = priced(usageEvent(report), book)
    assert.deepEqual([cost.status, usd(cost)], ['provider_reported', '0.0360795'])
    assert.equal(formatPicos(cost.listCostUsd ?? 0n), '5.0025')
    assert.ok(cost.components.uncachedInput > cost.components.output && cost.components.output > 0n)
    assertAddsUp(cost)
  })

  it('stays undivided where we have no rates, or no usage', () => {
    for (const parts of [{ response_model: 'unknown' }, { tokens: {} }]) {
      const cost = priced(usageEvent({ ...report, ...parts }), book)
      assert.deepEqual([cost.status, cost.components.units], ['provider_reported', 36_079_500_000n])
      assertAddsUp(cost)
    }
  })

  it('stands beside ours, and never above it, where it is anyone else’s figure', () => {
    const gateway = priced(usageEvent({ ...report, reported_cost_source: 'gateway' }), book)
    assert.deepEqual([gateway.status, usd(gateway)], ['priced', '5.0025'])
    assert.equal(gateway.reportedCostUsd, 36_079_500_000n)
    assert.equal(price({ reported_cost: '1', reported_cost_source: 'provider' }).status, 'priced')
  })

  it('of a million dollars is impossible too', () => {
    const cost = priced(usageEvent({ ...report, reported_cost: '1000000' }), book)
    assert.deepEqual([cost.reason, cost.costUsd, cost.reportedCostUsd], ['too_large', null, null])
    assertAddsUp(cost)
  })
})

describe('any call', () => {
  const rates = {
    input: '0.003625/Mtok',
    output: '1.1/Mtok',
    cache_read: '0.0001/Mtok',
    cache_write_5m: '3.333333333333/Mtok',
    cache_write_1h: '7/Mtok',
    input_audio: '32/Mtok',
    output_audio: '64/Mtok',
    input_image: '5/Mtok',
    output_image: '40/Mtok',
    input_video: '1/Mtok',
    cache_read_audio: '0.4/Mtok',
    cache_read_image: '0.5/Mtok',
    web_search: '10/K',
    audio_second_in: '0.111/hour',
  }
  const book = compiled(
    bookJson(
      [
        {
          variants: [
            { id: 'standard', rates },
            { id: 'fast', when: { speed: ['fast'] }, scale: { of: 'standard', tokens: '9/5' } },
          ],
          multipliers: [
            { id: 'batch', when: { batch: true }, tokens: '1/2' },
            { id: 'third', when: { inference_geo: ['us'] }, tokens: '1/3' },
          ],
        },
      ],
      { contracts: [{ id: 'c', scope: { tenant: 't' }, tokens: '17/21' }] },
    ),
  )
  const count = fc.oneof(fc.constant(0), fc.nat(1000), fc.nat(2 ** 31))
  const call = fc.record({
    tokens: fc.record(Object.fromEntries(TOKEN_BUCKETS.map(bucket => [bucket, count]))),
    units: fc.record({
      web_search: fc.nat(50).map(String),
      audio_second_in: fc
        .nat(100_000)
        .map(n => `${Math.floor(n / 1000)}.${String(n % 1000).padStart(3, '0')}`),
    }),
    batch: fc.boolean(),
    speed: fc.constantFrom('', 'fast'),
    inference_geo: fc.constantFrom('', 'us'),
    tenant_id: fc.constantFrom('', 't'),
  })

  /** The same arithmetic with plain fractions and no cleverness. */
  function expected(
    parts: EventParts & { tokens: Record<string, number>; units: Record<string, string> },
  ): bigint {
    type Ratio = [bigint, bigint]
    const add = ([a, b]: Ratio, [c, d]: Ratio): Ratio => [a * d + c * b, b * d]
    const times = ([a, b]: Ratio, [c, d]: Ratio): Ratio => [a * c, b * d]
    const decimal = (text: string): Ratio => {
      const [whole = '0', part = ''] = text.split('.')
      return [BigInt(whole + part), 10n ** BigInt(part.length)]
    }
    const rate = (name: string): Ratio => {
      const text = rates[name as keyof typeof rates] ?? rates.output
      const [amount = '0', unit = ''] = text.split('/')
      const size = { Mtok: 1_000_000n, K: 1000n, hour: 3600n }[unit] ?? 1n
      return times(decimal(amount), [1n, size])
    }
    let tokens: Ratio = [0n, 1n]
    for (const [name, n] of Object.entries(parts.tokens))
      tokens = add(tokens, times(rate(name), [BigInt(n), 1n]))
    if (parts.speed === 'fast') tokens = times(tokens, [9n, 5n])
    if (parts.batch) tokens = times(tokens, [1n, 2n])
    if (parts.inference_geo === 'us') tokens = times(tokens, [1n, 3n])
    if (parts.tenant_id === 't') tokens = times(tokens, [17n, 21n])
    for (const [name, n] of Object.entries(parts.units)) tokens = add(tokens, times(rate(name), decimal(n)))
    const [n, d] = times(tokens, [10n ** 12n, 1n])
    const twice = 2n * (n % d)
    const up = twice > d || (twice === d && (n / d) % 2n === 1n)
    return n / d + (up ? 1n : 0n)
  }

  it('costs what plain fractions say, and its parts and lines add up to it', () => {
    fc.assert(
      fc.property(call, parts => {
        const event = usageEvent({ ...CALL, ...parts })
        const cost = priced(event, book)
        assert.equal(cost.costUsd, expected(parts), cost.reason)
        assertAddsUp(cost)
        for (const line of cost.lines()) assert.notEqual(parsePicos(line.amount), undefined)
      }),
      { numRuns: 300 },
    )
  })

  it('costs the same in whatever order its units and its book’s variants stand', () => {
    const { rules, ...rest } = book.json
    const reversed = compiled({
      ...rest,
      rules: rules.map(rule => ({ ...rule, variants: rule.variants.toReversed() })),
    })
    fc.assert(
      fc.property(call, parts => {
        const units = Object.fromEntries(Object.entries(parts.units).toReversed())
        const a = priced(usageEvent({ ...CALL, ...parts }), book)
        const b = priced(usageEvent({ ...CALL, ...parts, units }), reversed)
        assert.deepEqual([a.costUsd, a.components, a.variant], [b.costUsd, b.components, b.variant])
      }),
    )
  })

  it('adds to a sum the same in whatever order calls come', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 20 }), fc.infiniteStream(fc.nat()), (calls, random) => {
        const sum = (some: readonly EventParts[]) =>
          some.reduce(
            (total, parts) => total + (priced(usageEvent({ ...CALL, ...parts }), book).costUsd ?? 0n),
            0n,
          )
        const shuffled = calls
          .map(parts => ({ parts, place: random.next().value }))
          .toSorted((a, b) => Number(a.place) - Number(b.place))
        assert.equal(sum(shuffled.map(({ parts }) => parts)), sum(calls))
      }),
    )
  })

  it('costs the same again', () => {
    const once = normalised(usageEvent({ ...CALL, tokens: { input: 7, cache_read: 3 } }))
    assert.deepEqual(priceEvent(once, book).components, priceEvent(once, book).components)
  })
})
