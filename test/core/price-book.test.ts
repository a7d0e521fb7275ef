import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RuleJson } from '#core/price-book-json.ts'
import { bookJson, compiled, complaintsOf, RULE } from './pricing-kit.ts'

const [STANDARD] = RULE.variants
const effective = (from: string, to: string | null) => ({
  effective: { from: `${from}T00:00:00Z`, to: to && `${to}T00:00:00Z` },
})

describe('a price book', () => {
  it('finds models by exact name, after decorations, then by dated snapshot', () => {
    const book = compiled(
      bookJson([{}, { model: 'm-mini' }], {
        models: [
          {
            provider: 'acme',
            id: 'm',
            match: { exact: ['m', 'm-2026-01-01'], dated: '^m-\\d{4}-\\d{2}-\\d{2}$' },
          },
          { provider: 'acme', id: 'm-mini', match: { exact: ['m-mini', 'm-2026-02-02'] } },
        ],
      }),
    )
    const found = (name: string) => book.find('acme', name)?.model.id
    assert.equal(found('M'), 'm')
    assert.equal(found('models/m'), 'm')
    assert.equal(found('m-2026-03-03'), 'm')
    assert.equal(found('m-2026-02-02'), 'm-mini')
    for (const name of ['m-', 'm-mini-2', 'mm', 'm-2026-03-03-x', ''])
      assert.equal(found(name), undefined, name)
    assert.equal(book.find('other', 'm'), undefined)
  })

  it('forgets names rather than memory', () => {
    const book = compiled(bookJson([{}]))
    for (let i = 0; i < 25_000; i++) book.find('acme', `invented-${i}`)
    assert.equal(book.find('acme', 'm')?.model.id, 'm')
  })

  it('has a hash that depends on its content and not on the order of its keys', () => {
    const json = bookJson([{}])
    const { rules, ...rest } = json
    assert.equal(compiled({ rules, ...rest }).hash, compiled(json).hash)
    assert.match(compiled(json).hash, /^[0-9a-f]{64}$/)
    const dearer = bookJson([
      { variants: [{ id: 'standard', rates: { input: '6/Mtok', output: '25/Mtok' } }] },
    ])
    assert.notEqual(compiled(dearer).hash, compiled(json).hash)
  })
})

describe('a book of the wrong shape is refused with the place of every fault', () => {
  const variant = (rates: Record<string, unknown>) => [
    { variants: [{ id: 'standard', rates }] as RuleJson['variants'] },
  ]
  const faults: Record<string, readonly [json: unknown, complaint: string]> = {
    'a number for a rate': [
      bookJson(variant({ input: 5 })),
      'rules[0].variants[0].rates.input: is 5, expected a rate such as "5/Mtok"',
    ],
    'a rate per thousand for tokens': [
      bookJson(variant({ input: '5/K' })),
      'rules[0].variants[0].rates.input: is "5/K", expected a rate such as "5/Mtok"',
    ],
    'a bucket that is none, told from a unit by its rate': [
      bookJson(variant({ cache_reed: '0.5/Mtok' })),
      'rules[0].variants[0].rates.cache_reed: is "0.5/Mtok", expected a token bucket for a rate per Mtok, and cache_reed is none',
    ],
    'a unit that no event can have': [
      bookJson(variant({ 'Web Search': '10/K' })),
      'rules[0].variants[0].rates.Web Search: is "10/K", expected no such key: a token bucket, or a unit such as vector_read',
    ],
    'tokens in a rule for every model': [
      bookJson([{}, { id: 'units', model: '*', variants: [{ id: 'standard', rates: { input: '1/Mtok' } }] }]),
      'rules[1]: a rule for every model cannot price input, only units',
    ],
    'an unknown key': [
      bookJson([{ valid_from: '2026' } as Partial<RuleJson>]),
      'rules[0].valid_from: is "2026", expected no such key',
    ],
    'an inherited name for a key': [
      bookJson([JSON.parse('{"constructor": 1}')]),
      'rules[0].constructor: is 1, expected no such key',
    ],
    'a misspelt condition': [
      bookJson([{ multipliers: [{ id: 'batch', when: { batched: true } as never, tokens: '1/2' }] }]),
      'rules[0].multipliers[0].when.batched: is true, expected no such key',
    ],
    'a decimal multiplier': [
      bookJson([{ multipliers: [{ id: 'geo', when: { batch: true }, tokens: '1.1' }] }]),
      'rules[0].multipliers[0].tokens: is "1.1", expected a fraction in text such as "17/20" or "2"',
    ],
    'a text for a flag': [
      bookJson([{ multipliers: [{ id: 'batch', when: { batch: 'yes' as never }, tokens: '1/2' }] }]),
      'rules[0].multipliers[0].when.batch: is "yes", expected true or false',
    ],
    'a pattern that is none': [
      bookJson([{}], { models: [{ provider: 'acme', id: 'm', match: { exact: ['m'], dated: '^m-(\\d$' } }] }),
      'models[0].match.dated: is "^m-(\\\\d$", expected a regular expression from ^ to $',
    ],
    'a pattern that matches within a name': [
      bookJson([{}], { models: [{ provider: 'acme', id: 'm', match: { exact: ['m'], dated: 'm-' } }] }),
      'models[0].match.dated: is "m-", expected a regular expression from ^ to $',
    ],
    'a fallback to a unit': [
      bookJson([{}], { bucket_fallback: { reasoning: 'page' } }),
      'bucket_fallback.reasoning: is "page", expected a token bucket or "REFUSE"',
    ],
    'a threshold in text': [
      bookJson([
        {
          variants: [
            {
              id: 'standard',
              rates: { input: '1/Mtok' },
              context_tiers: [{ metric: 'input_total', gt: '200K' as never, rates: {} }],
            },
          ],
        },
      ]),
      'rules[0].variants[0].context_tiers[0].gt: is "200K", expected a whole number above 0',
    ],
    'another currency': [
      bookJson([{}], { book: { id: 'x', version: '1', currency: 'EUR' as never } }),
      'book.currency: is "EUR", expected "USD"',
    ],
    'a window past midnight': [
      bookJson([
        {
          multipliers: [
            { id: 'x', when: { time: { tz: 'UTC', days: ['mon'], windows: ['22:00-02:00'] } }, tokens: '2' },
          ],
        },
      ]),
      'rules[0].multipliers[0].when.time.windows[0]: is "22:00-02:00", expected a window such as "01:00-04:00"',
    ],
    'a missing list': [
      { ...bookJson([{}]), models: undefined },
      'models: is undefined, expected a list that is not empty',
    ],
    'a local time': [
      bookJson([{ effective: { from: '2026-01-01', to: null } }]),
      'rules[0].effective.from: is "2026-01-01", expected a time such as "2026-08-21T00:00:00Z"',
    ],
    'no object': ['{}', 'the book: is "{}", expected an object'],
  }
  for (const [name, [json, complaint]] of Object.entries(faults)) {
    it(name, () => assert.deepEqual(complaintsOf(json), [complaint]))
  }

  it('all at once', () => {
    const complaints = complaintsOf(bookJson(variant({ input: 5, output: null, Nothing: '1/K' })))
    assert.equal(complaints.length, 3)
  })
})

describe('a book that contradicts itself is refused', () => {
  const when = (service_tier: string[]) => ({ when: { service_tier }, rates: { input: '1/Mtok' } })
  const faults: Record<string, readonly [json: unknown, complaint: RegExp]> = {
    'two rules for one moment': [
      bookJson([effective('2026-01-01', '2026-03-01'), effective('2026-02-01', null)]),
      /two rules between rule-0 and rule-1/,
    ],
    'two open rules': [
      bookJson([effective('2026-01-01', null), effective('2026-02-01', null)]),
      /two rules between rule-0 and rule-1/,
    ],
    'a moment without a rule': [
      bookJson([effective('2026-01-01', '2026-02-01'), effective('2026-02-02', null)]),
      /no rule between rule-0 and rule-1/,
    ],
    'an end before the beginning': [
      bookJson([effective('2026-02-01', '2026-01-01')]),
      /rules\[0\]\.effective: ends before it begins/,
    ],
    'two variants for one call': [
      bookJson([
        {
          variants: [
            ...RULE.variants,
            { id: 'flex', ...when(['flex']) },
            { id: 'night', when: { batch: true }, rates: { input: '1/Mtok' } },
          ],
        },
      ]),
      /rules\[0\]\.variants\[2\]\.when: one call could be flex and night alike/,
    ],
    'no ordinary variant': [
      bookJson([{ variants: [{ id: 'flex', ...when(['flex']) }] }]),
      /exactly one must be without conditions/,
    ],
    'two ordinary variants': [
      bookJson([{ variants: [...RULE.variants, { id: 'other', rates: { input: '1/Mtok' } }] }]),
      /exactly one must be without conditions/,
    ],
    'a variant scaled from nothing': [
      bookJson([
        {
          variants: [
            ...RULE.variants,
            { id: 'fast', when: { batch: true }, scale: { of: 'slow', tokens: '2' } },
          ],
        },
      ]),
      /scale\.of: slow is no variant with rates/,
    ],
    'a variant without rates': [
      bookJson([{ variants: [{ id: 'standard' }] }]),
      /needs either rates or scale/,
    ],
    'a threshold twice': [
      bookJson([
        {
          variants: [
            {
              id: 'standard',
              rates: { input: '1/Mtok' },
              context_tiers: [
                { metric: 'input_total', gt: 199_999, rates: {} },
                { metric: 'input_total', gte: 200_000, rates: {} },
              ],
            },
          ],
        },
      ]),
      /199999 is there twice/,
    ],
    'a tier without a threshold': [
      bookJson([
        {
          variants: [
            {
              id: 'standard',
              rates: { input: '1/Mtok' },
              context_tiers: [{ metric: 'input_total', rates: {} }],
            },
          ],
        },
      ]),
      /needs either gt or gte/,
    ],
    'a rule for no model': [bookJson([{}, { model: 'n' }]), /acme\/n is not among the models/],
    'a model without a rule': [
      bookJson([{}], {
        models: [
          { provider: 'acme', id: 'm', match: { exact: ['m'] } },
          { provider: 'acme', id: 'n', match: { exact: ['n'] } },
        ],
      }),
      /acme\/n has no rule/,
    ],
    'a name of two models': [
      bookJson([{}, { model: 'n' }], {
        models: [
          { provider: 'acme', id: 'm', match: { exact: ['m'] } },
          { provider: 'acme', id: 'n', match: { exact: ['n', 'm'] } },
        ],
      }),
      /acme\/m is there twice/,
    ],
    'a provider by another name': [
      bookJson([{ provider: 'gemini' }], {
        models: [{ provider: 'gemini', id: 'm', match: { exact: ['m'] } }],
      }),
      /gemini is stored as google/,
    ],
    'an alias to nowhere': [
      bookJson([{}], { aliases: [{ provider: 'acme', deployment: 'ours', model: 'x' }] }),
      /aliases\[0\]\.model: acme\/x is not among the models/,
    ],
    'a fallback in a circle': [
      bookJson([{}], { bucket_fallback: { reasoning: 'output', output: 'reasoning' } }),
      /bucket_fallback\.reasoning: leads back to itself/,
    ],
    'two contracts for one call': [
      bookJson([{}], {
        contracts: [
          { id: 'a', scope: { tenant: 't' }, tokens: '1/2' },
          { id: 'b', scope: { provider: 'acme' }, tokens: '1/3' },
        ],
      }),
      /one call could fall under a \(contracts\[0\]\) and b alike/,
    ],
  }
  for (const [name, [json, complaint]] of Object.entries(faults)) {
    it(name, () => assert.match(complaintsOf(json).join('\n'), complaint))
  }

  it('but not where conditions, times or scopes exclude one another', () => {
    const fine = bookJson(
      [
        {
          ...effective('2026-01-01', '2026-02-01'),
          variants: [
            ...RULE.variants,
            { id: 'batch', when: { batch: true }, rates: { input: '1/Mtok' } },
            { id: 'flex', when: { batch: false, service_tier: ['flex'] }, rates: { input: '1/Mtok' } },
            { id: 'fast', when: { batch: false, service_tier: ['fast'] }, rates: { input: '1/Mtok' } },
          ],
        },
        { ...effective('2026-02-01', null), variants: STANDARD ? [STANDARD] : [] },
      ],
      {
        contracts: [
          { id: 'a', scope: { tenant: 't' }, tokens: '1/2', ...effective('2026-01-01', '2026-02-01') },
          { id: 'b', scope: { provider: 'acme' }, tokens: '1/3', ...effective('2026-02-01', null) },
          { id: 'c', scope: { tenant: 'u', provider: 'acme' }, tokens: '1/3' },
          { id: 'd', scope: { tenant: 'v', provider: 'acme' }, tokens: '1/3' },
        ],
      },
    )
    assert.deepEqual(complaintsOf(fine), [])
  })
})
