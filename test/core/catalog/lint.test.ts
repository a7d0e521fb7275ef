import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { type LintException, type LintOptions, lintBook } from '#core/catalog/lint.ts'
import type { PriceBookJson, RatesJson, RuleJson } from '#core/price-book-json.ts'

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../schemas/prices/${name}`, import.meta.url), 'utf8'))
const SHIPPED = read('2026-11.json') as PriceBookJson
const HOT = read('hot.json') as readonly string[]
const EXCEPTIONS = read('lint-exceptions.json') as readonly LintException[]
const TODAY = '2026-11-24'
const SHIPPED_OPTIONS = { today: TODAY, hot: HOT, sourcesRequired: true, exceptions: EXCEPTIONS }

const nameOf = ({ provider, model }: RuleJson): string => `${provider}/${model}`

test('the shipped book has no errors, and every exception is needed', () => {
  const findings = lintBook(SHIPPED, SHIPPED_OPTIONS)
  assert.deepEqual(
    findings.filter(({ severity, rule }) => severity === 'error' || rule === 'unused-exception'),
    [],
  )
})

test('every exception has a reason', () => {
  for (const { path, reason } of EXCEPTIONS) assert.ok(reason.length > 20, path)
})

// Faults planted into the shipped book.

const inForce = (rule: RuleJson): boolean => {
  const { from, to } = rule.effective
  return from <= `${TODAY}T00:00:00Z` && (to === null || to > `${TODAY}T00:00:00Z`)
}
const hot = new Set(HOT)
const hotIds = new Set(
  SHIPPED.models.filter(({ provider, id }) => hot.has(`${provider}/${id}`)).map(({ id }) => id),
)
/** The hot models, whoever sells them: a tenth of the book, so that many faults can be tried. */
const HOT_BOOK: PriceBookJson = {
  ...SHIPPED,
  models: SHIPPED.models.filter(({ id }) => hotIds.has(id)),
  rules: SHIPPED.rules.filter(({ model }) => hotIds.has(model)),
}
const HOT_RULES = HOT_BOOK.rules.filter(rule => hot.has(nameOf(rule)) && inForce(rule))

const replaced = (rule: RuleJson, ...by: RuleJson[]): PriceBookJson => ({
  ...HOT_BOOK,
  rules: HOT_BOOK.rules.flatMap(other => (other === rule ? by : [other])),
})

const ordinary = (rule: RuleJson) => rule.variants.find(({ when }) => when === undefined)

function withRates(rule: RuleJson, change: (rates: RatesJson) => RatesJson): RuleJson {
  const variants = rule.variants.map(variant =>
    variant === ordinary(rule) ? { ...variant, rates: change(variant.rates ?? {}) } : variant,
  )
  return { ...rule, variants }
}

const tenTimes = (text: string | undefined): string => {
  const [amount, unit] = (text ?? '').split('/')
  return `${Number((Number(amount) * 10).toPrecision(9))}/${unit}`
}

const without =
  (name: string) =>
  (rates: RatesJson): RatesJson =>
    Object.fromEntries(Object.entries(rates).filter(([bucket]) => bucket !== name))

const atThreshold = (rule: RuleJson, gt: number): RuleJson => ({
  ...rule,
  variants: rule.variants.map(variant => ({
    ...variant,
    ...(variant.context_tiers && {
      context_tiers: variant.context_tiers.map(({ metric, rates }) => ({ metric, gt, rates })),
    }),
  })),
})

const twoRules = (rule: RuleJson, to: string, from: string): PriceBookJson =>
  replaced(
    rule,
    { ...rule, effective: { ...rule.effective, to } },
    { ...rule, id: `${rule.id}-2`, effective: { ...rule.effective, from } },
  )

const has = (rule: RuleJson, name: string): boolean =>
  !['REFUSE', undefined].includes(ordinary(rule)?.rates?.[name])
const isOld = (rule: RuleJson): boolean => rule.effective.from < '2026-10-01'

interface Fault {
  readonly applies: (rule: RuleJson) => boolean
  readonly plant: (rule: RuleJson) => PriceBookJson
  /** Models on which the lint cannot see the fault; for the reasons see below. */
  readonly unseen: readonly string[]
}

/**
 * What no proportion can show, and only a comparison with the catalogue does: embeddings have a single price, so a wrong one
 * is seen only next to another seller's; where output costs what input does, a swap changes nothing and ten times the output
 * is a likely price; and a model for sound without a price for text may be meant so.
 */
const FAULTS: Readonly<Record<string, Fault>> = {
  'ten times the input': {
    applies: rule => has(rule, 'input'),
    plant: rule =>
      replaced(
        rule,
        withRates(rule, rates => ({ ...rates, input: tenTimes(rates.input) })),
      ),
    unseen: ['aws_bedrock/amazon.titan-embed-text-v2:0'],
  },
  'ten times the output': {
    applies: rule => has(rule, 'output'),
    plant: rule =>
      replaced(
        rule,
        withRates(rule, rates => ({ ...rates, output: tenTimes(rates.output) })),
      ),
    unseen: ['aws_bedrock/meta.llama3-3-70b-instruct-v1:0'],
  },
  'input and output swapped': {
    applies: rule => has(rule, 'input') && has(rule, 'output'),
    plant: rule =>
      replaced(
        rule,
        withRates(rule, rates => ({ ...rates, input: rates.output ?? '', output: rates.input ?? '' })),
      ),
    unseen: ['aws_bedrock/meta.llama3-3-70b-instruct-v1:0'],
  },
  'no one-hour write': {
    applies: rule => has(rule, 'cache_write_1h'),
    plant: rule => replaced(rule, withRates(rule, without('cache_write_1h'))),
    unseen: [],
  },
  'no output': {
    applies: rule => has(rule, 'output'),
    plant: rule => replaced(rule, withRates(rule, without('output'))),
    unseen: ['openai/gpt-realtime'],
  },
  'a threshold of 100,000': {
    applies: rule => ordinary(rule)?.context_tiers !== undefined,
    plant: rule => replaced(rule, atThreshold(rule, 100_000)),
    unseen: [],
  },
  'a threshold with a zero too many': {
    applies: rule => ordinary(rule)?.context_tiers !== undefined,
    plant: rule => replaced(rule, atThreshold(rule, 2_000_000)),
    unseen: [],
  },
  'a gap between rules': {
    applies: isOld,
    plant: rule => twoRules(rule, '2026-10-01T00:00:00Z', '2026-10-02T00:00:00Z'),
    unseen: [],
  },
  'rules that overlap': {
    applies: isOld,
    plant: rule => twoRules(rule, '2026-10-02T00:00:00Z', '2026-10-01T00:00:00Z'),
    unseen: [],
  },
}

const errorsIn = (book: PriceBookJson) =>
  lintBook(book, SHIPPED_OPTIONS).filter(({ severity }) => severity === 'error')

for (const [name, { applies, plant, unseen }] of Object.entries(FAULTS)) {
  const rules = HOT_RULES.filter(applies)
  const seen = rules.filter(rule => !unseen.includes(nameOf(rule)))

  test(`${name}: an error on every hot model where it can be seen`, () => {
    assert.ok(seen.length > 0)
    fc.assert(
      fc.property(fc.constantFrom(...seen), rule => {
        assert.notDeepEqual(errorsIn(plant(rule)), [], nameOf(rule))
      }),
      { numRuns: 40 },
    )
  })

  test(`${name}: only the catalogue shows it on the models that are listed`, () => {
    const quiet = rules.filter(rule => unseen.includes(nameOf(rule)))
    assert.deepEqual(quiet.map(nameOf).toSorted(), unseen.toSorted())
    for (const rule of quiet) assert.deepEqual(errorsIn(plant(rule)), [], nameOf(rule))
  })
}

// One rule of the lint at a time.

const RULE: RuleJson = {
  id: 'r',
  provider: 'openai',
  model: 'gpt-x',
  effective: { from: '2026-01-01T00:00:00Z', to: null },
  variants: [
    {
      id: 'standard',
      rates: {
        input: '2/Mtok',
        output: '10/Mtok',
        cache_read: '0.2/Mtok',
        cache_write_5m: '2.5/Mtok',
        cache_write_1h: '4/Mtok',
        input_audio: '3/Mtok',
      },
      context_tiers: [
        {
          metric: 'input_total',
          gt: 272_000,
          rates: {
            input: '4/Mtok',
            output: '15/Mtok',
            cache_read: '0.4/Mtok',
            cache_write_5m: '5/Mtok',
            cache_write_1h: '8/Mtok',
            input_audio: '6/Mtok',
          },
        },
      ],
    },
    { id: 'flex', when: { service_tier: ['flex'] }, scale: { of: 'standard', tokens: '1/2' } },
    { id: 'priority', when: { service_tier: ['priority'] }, scale: { of: 'standard', tokens: '2' } },
  ],
  multipliers: [{ id: 'batch', when: { batch: true }, tokens: '1/2' }],
  source: { url: 'https://example.com/pricing', checked: '2026-11-20' },
}

const bookOf = (...rules: RuleJson[]): PriceBookJson => ({
  $schema: 'price-book/v1',
  book: { id: 'b', version: '1', currency: 'USD' },
  models: [...new Map(rules.map(rule => [nameOf(rule), rule])).values()].map(({ provider, model }) => ({
    provider,
    id: model,
    match: { exact: [model] },
  })),
  rules,
  bucket_fallback: {},
})

const lint = (rules: readonly RuleJson[], options: Partial<LintOptions> = {}): string[] =>
  lintBook(bookOf(...rules), { today: TODAY, hot: [], ...options }).map(
    ({ severity, rule, path }) => `${severity} ${rule} ${path}`,
  )

const scaled = (id: string, tokens: string): RuleJson => ({
  ...RULE,
  variants: RULE.variants.map(variant =>
    variant.id === id ? { ...variant, scale: { of: 'standard', tokens } } : variant,
  ),
})
const rated = (rates: RatesJson): RuleJson => withRates(RULE, old => ({ ...old, ...rates }))
const renamed = (rule: RuleJson, model: string, id = model): RuleJson => ({ ...rule, id, model })

test('a rule in proportion has no findings', () => {
  assert.deepEqual(lint([RULE], { sourcesRequired: true }), [])
})

const PROPORTIONS: readonly [string, RuleJson, string][] = [
  ['a cache write', rated({ cache_write_5m: '3/Mtok' }), 'cache-write'],
  ['a cache write for an hour', rated({ cache_write_1h: '2.5/Mtok' }), 'cache-write-1h'],
  ['a cache read above a half', rated({ cache_read: '1.1/Mtok' }), 'cache-read'],
  ['a cache read below 0.02', rated({ cache_read: '0.03/Mtok' }), 'cache-read'],
  ['an output below input', rated({ output: '1.9/Mtok' }), 'output'],
  ['an output above twelve times input', rated({ output: '24.1/Mtok' }), 'output'],
  ['sound below text', rated({ input_audio: '1.9/Mtok' }), 'audio'],
  ['a long context', rated({ cache_read: '0.25/Mtok' }), 'context-tier'],
  ['flex', scaled('flex', '3/5'), 'flex'],
  ['priority', scaled('priority', '50'), 'priority'],
  ['batch', { ...RULE, multipliers: [{ id: 'b', when: { batch: true }, tokens: '2' }] }, 'batch'],
]
for (const [what, rule, finding] of PROPORTIONS) {
  test(`${what} out of proportion is found`, () => {
    const found = lint([rule])
    assert.ok(
      found.some(text => text.startsWith(`warning ${finding} `)),
      found.join('\n'),
    )
  })
}

test('a message names the figures and what was expected', () => {
  const [first] = lintBook(bookOf(rated({ cache_write_1h: '40/Mtok' })), { today: TODAY, hot: [] })
  assert.deepEqual(first, {
    severity: 'warning',
    rule: 'cache-write-1h',
    model: 'openai/gpt-x',
    path: 'rules[r].variants[standard].rates.cache_write_1h',
    message: 'cache_write_1h 40/Mtok is 20x input 2/Mtok; expected is 2x',
  })
})

test('a refused rate is a decision, not an omission, in a context tier too', () => {
  const [standard] = RULE.variants
  const refusing: RuleJson = {
    ...RULE,
    variants: [
      ...(standard ? [standard] : []),
      { id: 'regional', when: { service_tier: ['scale'] }, rates: { input: 'REFUSE', output: 'REFUSE' } },
      {
        id: 'priority',
        when: { service_tier: ['priority'] },
        rates: { input: '4/Mtok', output: '20/Mtok' },
        context_tiers: [{ metric: 'input_total', gt: 272_000, rates: { input: 'REFUSE', output: 'REFUSE' } }],
      },
    ],
  }
  assert.deepEqual(lint([refusing]), [])
})

test('embeddings have no output, rerankers no tokens, sound may stand for text', () => {
  const of = (model: string, rates: RatesJson): RuleJson => ({
    ...renamed(RULE, model),
    variants: [{ id: 'standard', rates }],
  })
  assert.deepEqual(
    lint([
      of('text-embedding-x', { input: '0.02/Mtok' }),
      of('rerank-x', { rerank_search: '2/K' }),
      of('gpt-x-tts', { input: '0.6/Mtok', output_audio: '12/Mtok' }),
    ]),
    [],
  )
  assert.deepEqual(lint([of('gpt-x-mini', { input: '1/Mtok', output_audio: '2/Mtok' })]), [
    'warning missing-price rules[gpt-x-mini].variants[standard].rates',
  ])
})

test('a snapshot with the base price of its alias has its other prices too', () => {
  const [standard, flex] = RULE.variants
  const bare = { ...renamed(RULE, 'gpt-x-2026-01-01'), variants: [standard, flex].flatMap(v => v ?? []) }
  assert.deepEqual(lint([RULE, bare]), ['warning snapshot rules[gpt-x-2026-01-01]'])
  assert.deepEqual(lint([RULE, renamed(RULE, 'gpt-x-2026-01-01')]), [])
})

test('a price eight times that of the rule before, or of the family, is found', () => {
  const rates = { input: '16/Mtok', output: '80/Mtok' }
  const dear = (rule: RuleJson): RuleJson => ({ ...rule, variants: [{ id: 'standard', rates }] })
  const before = { ...RULE, effective: { ...RULE.effective, to: '2026-06-01T00:00:00Z' } }
  const after = { ...dear(RULE), id: 'r2', effective: { from: '2026-06-01T00:00:00Z', to: null } }
  assert.deepEqual(lint([before, after]), [
    'warning step rules[r2].variants[standard].rates.input',
    'warning step rules[r2].variants[standard].rates.output',
  ])
  assert.equal(lint([RULE, dear(renamed(RULE, 'gpt-x-5'))]).length, 4)
})

test('a rule without a source is found where sources are required', () => {
  const { source: _source, ...unsourced } = RULE
  assert.deepEqual(lint([unsourced]), [])
  assert.deepEqual(lint([unsourced], { sourcesRequired: true }), ['warning source rules[r].source'])
})

test('a hot model not checked for more than 45 days is a warning, in strict an error', () => {
  const options = { hot: ['openai/gpt-x'], today: '2027-01-05' }
  assert.deepEqual(lint([RULE], { ...options, today: '2027-01-04' }), [])
  assert.deepEqual(lint([RULE], options), ['warning checked rules[r].source.checked'])
  assert.deepEqual(lint([RULE], { ...options, strict: true }), ['error checked rules[r].source.checked'])
  assert.deepEqual(lint([RULE], { today: '2027-01-05', strict: true }), [])
})

test('findings are errors on hot models, and a hot model needs a rule in force', () => {
  const wrong = rated({ cache_write_1h: '40/Mtok' })
  assert.match(lint([wrong], { hot: ['openai/gpt-x'] })[0] ?? '', /^error cache-write-1h /)
  assert.deepEqual(lint([RULE], { hot: ['openai/gpt-y'] }), ['error hot-model models[openai/gpt-y]'])
})

test('a price to come is for information', () => {
  const before = { ...RULE, effective: { ...RULE.effective, to: '2027-01-01T00:00:00Z' } }
  const after = { ...RULE, id: 'r2', effective: { from: '2027-01-01T00:00:00Z', to: null } }
  assert.deepEqual(lint([before, after]), ['info future rules[r2].effective.from'])
})

test('an exception takes away what is found at its path or within; one without a finding is a warning', () => {
  const wrong = rated({ cache_write_1h: '40/Mtok' })
  const reason = 'agreed with the provider'
  const variant = 'rules[r].variants[standard]'
  const exceptions = ['cache-write-1h', 'context-tier'].map(rule => ({ rule, path: variant, reason }))
  assert.deepEqual(lint([wrong], { exceptions }), [])
  assert.deepEqual(lint([RULE], { exceptions: [{ rule: 'output', path: variant, reason }] }), [
    `warning unused-exception ${variant}`,
  ])
  assert.ok(lint([wrong], { exceptions: [{ rule: 'output', path: variant, reason }] }).length > 2)
})

test('what a book does not compile with is an error that no exception takes away', () => {
  const twice = { ...RULE, id: 'r2' }
  const exceptions = [{ rule: 'book', path: 'rules', reason: 'no' }]
  assert.deepEqual(lint([RULE, twice], { exceptions }), ['error book rules'])
})
