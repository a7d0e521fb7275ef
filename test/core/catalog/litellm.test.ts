import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { importLitellm } from '#core/catalog/litellm.ts'
import { rateText } from '#core/catalog/litellm-keys.ts'
import { compileWithOverlay } from '#core/price-book.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'

const ON = '2026-11-24'

const read = (map: unknown) => importLitellm(map, { on: ON, source: 'map.json' })

/** The only rule of a map, without what is the same in all of them. */
function only(map: Record<string, unknown>) {
  const { overlay, skipped } = read(map)
  assert.equal(overlay.rules?.length, 1, JSON.stringify(skipped))
  const [rule] = overlay.rules ?? []
  assert.ok(rule)
  return { ...rule, skipped }
}

const openai = (fields: object) => ({
  litellm_provider: 'openai',
  mode: 'chat',
  input_cost_per_token: 2e-6,
  output_cost_per_token: 8e-6,
  ...fields,
})

/** Of which the map says nothing. */
const NO_BATCH = { id: 'batch', when: { batch: true }, rates: { input: 'REFUSE', output: 'REFUSE' } }

const reasonOf = (map: Record<string, unknown>, key: string): string =>
  read(map).skipped.find(entry => entry.key === key)?.reason ?? ''

test('a rule has the exact prices of its entry, holds for all times and says so', () => {
  const { skipped, ...rule } = only({
    sample_spec: { input_cost_per_token: 0 },
    'gpt-x': openai({
      cache_read_input_token_cost: 3.625e-9,
      cache_creation_input_token_cost: 2.5e-6,
      cache_creation_input_token_cost_above_1hr: '4e-6',
      input_cost_per_token_batches: 1e-6,
      output_cost_per_token_batches: 4e-6,
      max_tokens: 128000,
    }),
  })
  assert.deepEqual(skipped, [])
  assert.deepEqual(rule, {
    id: 'openai/gpt-x/2020-01-01',
    provider: 'openai',
    model: 'gpt-x',
    effective: { from: '2020-01-01T00:00:00Z', to: null },
    variants: [
      {
        id: 'standard',
        rates: {
          input: '2/Mtok',
          output: '8/Mtok',
          cache_read: '0.003625/Mtok',
          cache_write_5m: '2.5/Mtok',
          cache_write_1h: '4/Mtok',
        },
      },
    ],
    multipliers: [{ id: 'batch', when: { batch: true }, tokens: '1/2' }],
    source: {
      url: 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json',
      checked: ON,
      note: 'Entry gpt-x. The map has no history: its price when it was read, taken to hold for all times.',
    },
  })
})

test('a figure keeps every digit, and one with more than 12 decimals leaves its entry out', () => {
  assert.equal(rateText(1e-7, 'Mtok'), '0.1/Mtok')
  assert.equal(rateText(0.0001, 'hour'), '0.36/hour')
  assert.equal(rateText('0.035', 'K'), '35/K')
  assert.equal(rateText(2.5, 'K', 1_000), '2.5/K')
  for (const bad of [-1, 'free', null, Number.NaN, {}]) assert.equal(rateText(bad, 'Mtok'), undefined)
  const map = { 'gpt-x': openai({ input_cost_per_token: 3.0000000000000004e-7 }) }
  assert.deepEqual(read(map).overlay.rules, [])
  assert.match(reasonOf(map, 'gpt-x'), /^input_cost_per_token: .* at most 12 decimals per Mtok$/)
})

test('a long context has prices of its own for everything, and refuses what the map does not say', () => {
  const { variants } = only({
    'gpt-x': openai({
      cache_read_input_token_cost: 2e-7,
      input_cost_per_token_above_272k_tokens: 4e-6,
      output_cost_per_token_above_272k_tokens: 1.2e-5,
    }),
  })
  assert.deepEqual(variants[0]?.context_tiers, [
    {
      metric: 'input_total',
      gt: 272_000,
      rates: { input: '4/Mtok', output: '12/Mtok', cache_read: 'REFUSE' },
    },
  ])
})

test('at xAI the threshold itself is a long context', () => {
  const { variants } = only({
    'xai/grok-x': openai({ litellm_provider: 'xai', input_cost_per_token_above_200k_tokens: 4e-6 }),
  })
  assert.equal(variants[0]?.context_tiers?.[0]?.gte, 200_000)
})

test('tiers are ranges in any order, open at the end, with prices in text', () => {
  const ranges = [
    { range: [128_000, null], input_cost_per_token: '3e-6', output_cost_per_token: 9e-6 },
    { range: [0, 32_000], input_cost_per_token: 1e-6, output_cost_per_token: '0.000004' },
    { range: [32_000, 128_000], input_cost_per_token: 2e-6, output_cost_per_token: 6e-6 },
  ]
  const entry = { litellm_provider: 'dashscope', mode: 'chat' }
  const { provider, model, variants } = only({ 'dashscope/qwen-x': { ...entry, tiered_pricing: ranges } })
  assert.deepEqual([provider, model], ['alibaba', 'qwen-x'])
  assert.deepEqual(variants[0], {
    id: 'standard',
    rates: { input: '1/Mtok', output: '4/Mtok' },
    context_tiers: [
      { metric: 'input_total', gt: 32_000, rates: { input: '2/Mtok', output: '6/Mtok' } },
      { metric: 'input_total', gt: 128_000, rates: { input: '3/Mtok', output: '9/Mtok' } },
    ],
  })
  const gap = { 'dashscope/qwen-x': { ...entry, tiered_pricing: ranges.slice(0, 2) } }
  assert.match(reasonOf(gap, 'dashscope/qwen-x'), /ranges do not meet at 128000/)
})

test('priority and flex scale the standard price where that is exact, in both orders of a name', () => {
  const { variants } = only({
    'gpt-x': openai({
      input_cost_per_token_above_272k_tokens: 4e-6,
      output_cost_per_token_above_272k_tokens: 1.2e-5,
      input_cost_per_token_priority: 3.5e-6,
      output_cost_per_token_priority: 1.4e-5,
      input_cost_per_token_above_272k_tokens_priority: 7e-6,
      output_cost_per_token_priority_above_272k_tokens: 2.1e-5,
      input_cost_per_token_flex: 1e-6,
      output_cost_per_token_flex: 4e-6,
    }),
  })
  assert.deepEqual(variants.slice(1), [
    NO_BATCH_LONG,
    {
      id: 'flex',
      when: { batch: false, service_tier: ['flex'] },
      scale: { of: 'standard', tokens: '1/2' },
    },
    {
      id: 'priority',
      when: { batch: false, service_tier: ['priority', 'fast'] },
      scale: { of: 'standard', tokens: '7/4' },
    },
  ])
})

const NO_BATCH_LONG = {
  ...NO_BATCH,
  context_tiers: [{ metric: 'input_total', gt: 272_000, rates: { input: 'REFUSE', output: 'REFUSE' } }],
}

test('a tier that is no multiple of the standard price has rates of its own, and none for what it lacks', () => {
  const { variants } = only({
    'gpt-x': openai({
      cache_read_input_token_cost: 2e-7,
      file_search_cost_per_1k_calls: 2.5,
      input_cost_per_token_above_272k_tokens: 4e-6,
      input_cost_per_token_priority: 4e-6,
      output_cost_per_token_priority: 1.4e-5,
    }),
  })
  assert.deepEqual(variants.at(-1), {
    id: 'priority',
    when: { batch: false, service_tier: ['priority', 'fast'] },
    rates: { input: '4/Mtok', output: '14/Mtok', file_search: '2.5/K' },
    context_tiers: [{ metric: 'input_total', gt: 272_000, rates: { input: 'REFUSE', output: 'REFUSE' } }],
  })
})

test('uplifts for places and speed become multipliers as exact fractions', () => {
  const { multipliers, skipped } = only({
    'gpt-x': openai({
      regional_processing_uplift_multiplier_eu: 1.1,
      regional_processing_uplift_multiplier_us: 1.1,
      provider_specific_entry: { us: 1.1, fast: 6, moon: 2 },
    }),
  })
  assert.deepEqual(multipliers, [
    { id: 'residency-eu', when: { inference_geo: ['eu'] }, tokens: '11/10' },
    { id: 'residency-us', when: { inference_geo: ['us'] }, tokens: '11/10' },
    { id: 'geo-us', when: { inference_geo: ['us'] }, tokens: '11/10' },
    { id: 'fast', when: { speed: ['fast'] }, tokens: '6' },
  ])
  assert.deepEqual(skipped, [{ key: 'gpt-x.provider_specific_entry.moon', reason: 'this field is not read' }])
})

test('what is not tokens is priced by its unit', () => {
  const rates = (entry: object) => only({ x: { litellm_provider: 'openai', ...entry } }).variants[0]?.rates
  const search = (high: number) => ({
    search_context_cost_per_query: { search_context_size_low: 0.01, search_context_size_high: high },
  })
  assert.equal(rates(openai(search(0.01)))?.['web_search'], '10/K')
  assert.equal(rates(openai(search(0.02)))?.['web_search'], undefined)
  assert.match(reasonOf({ x: openai(search(0.02)) }, 'x.search_context_cost_per_query'), /not read/)
  assert.deepEqual(rates({ mode: 'rerank', input_cost_per_query: 0.002, input_cost_per_token: 0 }), {
    rerank_search: '2/K',
  })
  assert.deepEqual(
    rates({ mode: 'audio_transcription', input_cost_per_second: 0.0001, output_cost_per_second: 0 }),
    { audio_second_in: '0.36/hour' },
  )
  assert.deepEqual(rates({ mode: 'video_generation', output_cost_per_second: 0.1 }), {
    video_second_out: '360/hour',
  })
  assert.deepEqual(rates({ mode: 'image_generation', output_cost_per_image: 0.04 }), {
    image_out: '0.04/each',
  })
  assert.deepEqual(rates({ mode: 'audio_speech', input_cost_per_character: 1.5e-5 }), {
    character_in: '15/M',
  })
  assert.deepEqual(rates({ mode: 'ocr', ocr_cost_per_page: 0.001, annotation_cost_per_page: 0.003 }), {
    page: '1/K',
    annotated_page: '3/K',
  })
})

test('a field that looks like a price and is not known is reported, one of 0 is not', () => {
  const { skipped } = only({ 'gpt-x': openai({ input_cost_per_dream: 1, output_cost_per_dream: 0 }) })
  assert.deepEqual(skipped, [{ key: 'gpt-x.input_cost_per_dream', reason: 'this field is not read' }])
})

test('0 is no price, unless the model is given away', () => {
  const zero = { input_cost_per_token: 0, output_cost_per_token: 0 }
  assert.match(reasonOf({ x: openai(zero) }, 'x'), /all its prices are 0/)
  assert.match(reasonOf({ x: { litellm_provider: 'openai', mode: 'chat' } }, 'x'), /no price/)
  assert.match(reasonOf({ x: openai({ output_cost_per_token: null }) }, 'x'), /no price for output/)
  const free = only({ 'openrouter/x:free': openai({ ...zero, litellm_provider: 'openrouter' }) })
  assert.deepEqual(free.variants[0]?.rates, { input: '0/Mtok', output: '0/Mtok' })
})

test('a price that depends on the hour, the size or a contract is left out', () => {
  const skipped = {
    x: openai({ off_peak_pricing: { hours_utc: '16:30-00:30', input_cost_per_token: 1e-6 } }),
    '1024-x-1024/dall-e-2': { litellm_provider: 'openai', output_cost_per_image: 0.02 },
    'bedrock/us-east-1/1-month-commitment/x': openai({ litellm_provider: 'bedrock' }),
    y: 'a text',
    z: { input_cost_per_token: 1e-6 },
  }
  const result = read(skipped)
  assert.deepEqual(result.overlay.rules, [])
  assert.deepEqual(
    result.skipped.map(({ key }) => key),
    Object.keys(skipped),
  )
})

test('a dated snapshot has what its alias says, where both cost the same', () => {
  const alias = openai({ cache_read_input_token_cost: 5e-7, input_cost_per_token_priority: 4e-6 })
  const { overlay } = read({
    'gpt-x': alias,
    'gpt-x-2026-01-02': openai({ cache_read_input_token_cost: 6e-7 }),
    'gpt-x-2025-01-02': openai({ input_cost_per_token: 5e-6 }),
  })
  const variantsOf = (model: string) => overlay.rules?.find(rule => rule.model === model)?.variants ?? []
  assert.equal(variantsOf('gpt-x-2026-01-02')[0]?.rates?.['cache_read'], '0.6/Mtok')
  assert.equal(variantsOf('gpt-x-2026-01-02').at(-1)?.id, 'priority')
  assert.deepEqual(Object.keys(variantsOf('gpt-x-2025-01-02')[0]?.rates ?? {}), ['input', 'output'])
})

test('names lose the route in front, and nothing else', () => {
  const names = [
    ['xai/grok-x', 'xai', 'xai/grok-x'],
    ['openrouter/anthropic/claude-x', 'openrouter', 'openrouter/anthropic/claude-x'],
    ['groq/openai/gpt-oss-x', 'groq', 'groq/openai/gpt-oss-x'],
    ['fireworks_ai/accounts/fireworks/models/x', 'fireworks_ai', 'fireworks/accounts/fireworks/models/x'],
    ['vertex_ai/claude-x@20251001', 'vertex_ai-anthropic_models', 'gcp_vertex/claude-x-20251001'],
    ['gemini-x', 'vertex_ai-language-models', 'gcp_vertex/gemini-x'],
    ['gemini/gemini-x', 'gemini', 'google/gemini-x'],
    ['bedrock/converse/qwen.x-v1:0', 'bedrock_converse', 'aws_bedrock/qwen.x-v1:0'],
    ['azure/gpt-x', 'azure', 'azure_openai/gpt-x'],
  ] as const
  for (const [key, litellm_provider, expected] of names) {
    const { provider, model } = only({ [key]: openai({ litellm_provider }) })
    assert.equal(`${provider}/${model}`, expected.replace(/^(xai|openrouter|groq)\/\1\//, '$1/'))
  }
})

test('Bedrock: a geography that costs the same needs no rule, another region is a variant', () => {
  const bedrock = (input: number, fields: object = {}) =>
    openai({ litellm_provider: 'bedrock', input_cost_per_token: input, ...fields })
  const { overlay, skipped } = read({
    'a.x-v1:0': bedrock(2e-6),
    'us.a.x-v1:0': bedrock(2e-6),
    'eu.a.x-v1:0': bedrock(2.2e-6),
    'bedrock/us-east-1/a.x-v1:0': bedrock(2e-6),
    'bedrock/us-gov-west-1/a.x-v1:0': bedrock(2.4e-6),
    'bedrock/us-gov-west-1/a.y-v1:0': bedrock(2.4e-6),
  })
  assert.deepEqual(
    overlay.rules?.map(({ model }) => model),
    ['a.x-v1:0', 'eu.a.x-v1:0'],
  )
  assert.deepEqual(overlay.rules?.[0]?.variants.at(-1), {
    id: 'us-gov-west-1',
    when: { region: ['us-gov-west-1'], region_class: ['in_region'], batch: false },
    rates: { input: '2.4/Mtok', output: '8/Mtok' },
  })
  assert.deepEqual(skipped, [
    { key: 'bedrock/us-gov-west-1/a.y-v1:0', reason: 'only us-gov-west-1 has a price, and its model none' },
  ])
})

test('Azure: data zones are a multiple of the ordinary price, or left out', () => {
  const azure = (factor: number) =>
    openai({
      litellm_provider: 'azure',
      input_cost_per_token: 2e-6 * factor,
      output_cost_per_token: 8e-6 * factor,
      input_cost_per_token_batches: 1e-6 * factor,
    })
  const { multipliers } = only({ 'azure/x': azure(1), 'azure/eu/x': azure(1.5), 'azure/us/x': azure(1.5) })
  assert.deepEqual(
    multipliers?.map(({ id, tokens }) => [id, tokens]),
    [
      ['batch', '1/2'],
      ['batch-deployment', '1/2'],
      ['data-zone', '3/2'],
    ],
  )
  const apart = only({ 'azure/x': azure(1), 'azure/eu/x': azure(1.5), 'azure/us/x': azure(2) })
  assert.deepEqual(
    apart.skipped.map(({ key }) => key),
    ['azure/eu/x', 'azure/us/x'],
  )
})

test('of two entries for one name the first counts, and the other is reported if it costs something else', () => {
  const vertex = (input: number) =>
    openai({ litellm_provider: 'vertex_ai-language-models', input_cost_per_token: input })
  const { overlay, skipped } = read({
    'gemini-x': vertex(1e-6),
    'vertex_ai/gemini-x': vertex(1e-6),
    'vertex_ai/Gemini-X': vertex(3e-6),
  })
  assert.equal(overlay.rules?.[0]?.variants[0]?.rates?.['input'], '1/Mtok')
  assert.deepEqual(skipped, [
    { key: 'vertex_ai/Gemini-X', reason: 'its price is not that of gemini-x, the same model' },
  ])
})

test('the result lies over the shipped book and replaces the price of a model for all times', async () => {
  const shipped = await loadPriceBook()
  const { overlay } = read({
    'gpt-4o': openai({ input_cost_per_token_priority: 4e-6, provider_specific_entry: { fast: 2 } }),
    'claude-opus-4-8': openai({ litellm_provider: 'anthropic' }),
    'xai/grok-4': openai({ litellm_provider: 'xai', input_cost_per_token_flex: 1e-6 }),
    'anthropic.claude-opus-4-8': openai({ litellm_provider: 'bedrock_converse' }),
    'bedrock/eu-west-1/anthropic.claude-opus-4-8': openai({
      litellm_provider: 'bedrock',
      input_cost_per_token: 3e-6,
    }),
  })
  const compiled = compileWithOverlay(shipped.json, overlay)
  assert.ok(compiled.kind === 'ok', compiled.kind === 'complaints' ? compiled.complaints.join() : '')
  // The shipped book knows the snapshots of a name, and goes on knowing them.
  const target = compiled.book.find('anthropic', 'claude-opus-4-8-20260528')
  assert.deepEqual(
    target?.model.rules.map(({ id }) => id),
    ['anthropic/claude-opus-4-8/2020-01-01'],
  )
})

test('whatever a map says, its overlay compiles', () => {
  const base = {
    $schema: 'price-book/v1',
    book: { id: 'base', version: '1', currency: 'USD' },
    models: [],
    rules: [],
    bucket_fallback: {},
  } as const
  const fields = [
    ...['input_cost_per_token', 'output_cost_per_token', 'cache_read_input_token_cost'].flatMap(name =>
      ['', '_priority', '_flex', '_batches', '_above_128k_tokens', '_above_128k_tokens_flex'].map(
        suffix => name + suffix,
      ),
    ),
    ...[
      'output_cost_per_reasoning_token',
      'input_cost_per_image',
      'regional_processing_uplift_multiplier_us',
    ],
  ]
  const prices = fc.constantFrom(0, 1e-6, 2e-6, 2.5e-6, '3e-6', 1.1, null)
  const entry = fc.record(
    {
      litellm_provider: fc.constantFrom('openai', 'azure', 'bedrock', 'xai', 'vertex_ai-language-models'),
      mode: fc.constantFrom('chat', 'embedding'),
      provider_specific_entry: fc.record({ us: prices, fast: prices }),
      ...Object.fromEntries(fields.map(field => [field, prices])),
    },
    { requiredKeys: ['litellm_provider', 'mode'] },
  )
  const keys = ['x', 'X', 'us.x', 'bedrock/us-west-2/x', 'bedrock/eu-west-1/x', 'azure/eu/x', 'azure/us/x']
  const map = fc.dictionary(fc.constantFrom(...keys, 'azure/x', 'x-2026-01-02', 'openai/y'), entry)
  fc.assert(
    fc.property(map, entries => {
      const { overlay } = read(entries)
      const compiled = compileWithOverlay(base, overlay)
      assert.deepEqual(compiled.kind === 'complaints' ? compiled.complaints : [], [])
    }),
    { numRuns: 1_000 },
  )
})

test('what is no map has no rules', () => {
  for (const map of [null, [], 'x', 1, {}]) assert.deepEqual(read(map).overlay.rules, [])
})
