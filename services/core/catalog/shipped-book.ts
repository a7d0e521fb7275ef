// The shipped price book out of its parts: what was checked by hand, the catalogue for everything else, and the same models where
// another cloud sells them. What stands nearer to the provider's own page always wins.

import type { ModelJson, PriceBookJson, PriceOverlayJson, RuleJson, VariantJson } from '../price-book-json.ts'
import type { Catalogue } from './genai.ts'

interface Part {
  readonly models: readonly ModelJson[]
  readonly rules: readonly RuleJson[]
}

/**
 * @param byHand one file for each provider; its models replace the catalogue's whole, since half of each would be nobody's price
 * @param byHandAlone providers of which nothing is taken from the catalogue: it names and prices their models in another way
 */
export function buildBook(
  header: Pick<PriceBookJson, '$schema' | 'book' | 'bucket_fallback'>,
  catalogue: Catalogue,
  byHand: readonly PriceOverlayJson[],
  byHandAlone: ReadonlySet<string>,
): PriceBookJson {
  const checked: Part = {
    models: byHand.flatMap(overlay => overlay.models ?? []),
    rules: byHand.flatMap(overlay => overlay.rules ?? []),
  }
  const wanted = catalogue.models.filter(({ provider }) => !byHandAlone.has(provider))
  const base = beside(checked, { models: wanted, rules: catalogue.rules })
  const direct: Part = join(checked, base)
  const resold = [
    resale(direct, 'google', 'gcp_vertex', rule => rule),
    resale(direct, 'anthropic', 'gcp_vertex', onVertex),
    resale(direct, 'openai', 'azure_openai', onAzure),
  ]
  const all = resold.reduce((book, part) => join(book, beside(book, part)), direct)
  return {
    ...header,
    models: all.models.toSorted(by(model => `${model.provider} ${model.id}`)),
    rules: all.rules.toSorted(by(rule => `${rule.provider} ${rule.model} ${rule.effective.from}`)),
  }
}

const join = (a: Part, b: Part): Part => ({
  models: [...a.models, ...b.models],
  rules: [...a.rules, ...b.rules],
})

/** What of a part has neither an id nor a name that is taken. */
function beside(first: Part, other: Part): Part {
  const key = (provider: string, name: string) => `${provider}\n${name.toLowerCase()}`
  const taken = new Set(
    first.models.flatMap(({ provider, id, match }) => [id, ...match.exact].map(name => key(provider, name))),
  )
  const models = other.models.flatMap((model): ModelJson[] => {
    const { provider, id, match } = model
    if (taken.has(key(provider, id))) return []
    const exact = match.exact.filter(name => !taken.has(key(provider, name)))
    return exact.length === 0 ? [] : [{ ...model, match: { ...match, exact } }]
  })
  const kept = new Set(models.map(({ provider, id }) => key(provider, id)))
  return { models, rules: other.rules.filter(({ provider, model }) => kept.has(key(provider, model))) }
}

/** The models of one provider as another sells them. */
function resale(from: Part, seller: string, reseller: string, change: (rule: RuleJson) => RuleJson): Part {
  return {
    models: from.models
      .filter(({ provider }) => provider === seller)
      .map(model => ({ ...model, provider: reseller })),
    rules: from.rules
      .filter(({ provider }) => provider === seller)
      .map(rule => change(renamed(rule, seller, reseller))),
  }
}

const renamed = (rule: RuleJson, seller: string, reseller: string): RuleJson => ({
  ...rule,
  id: rule.id.replace(`${seller}/`, `${reseller}/`),
  provider: reseller,
  ...(rule.source
    ? { source: { ...rule.source, note: [`As at ${seller}`, rule.source.note].filter(Boolean).join('. ') } }
    : {}),
})

/** Claude's fast mode, choice of place and web tools are Anthropic's own. */
const onVertex = (rule: RuleJson): RuleJson => ({
  ...rule,
  variants: rule.variants
    .filter(({ when }) => when?.speed === undefined)
    .map(variant => withoutRates(variant, ['web_search', 'web_fetch'])),
  ...multipliersOf(rule, ({ when }) => when.inference_geo === undefined),
})

/**
 * A deployment's type decides the price: global ones cost what OpenAI asks, data zones a tenth more, batches half. What a
 * region of its own costs differs from one to the next and is not known, nor what Azure asks for its tools.
 * https://azure.microsoft.com/en-us/pricing/details/cognitive-services/openai-service/
 */
const onAzure = (rule: RuleJson): RuleJson => {
  const [standard] = rule.variants.filter(({ when }) => when === undefined)
  const rates = standard?.rates ?? {}
  return {
    ...rule,
    variants: [
      ...(standard ? [withoutRates(standard, ['web_search', 'file_search', 'code_session'])] : []),
      {
        id: 'regional',
        when: { deployment_type: ['standard'] },
        rates: Object.fromEntries(Object.keys(rates).map(name => [name, 'REFUSE'])),
      },
    ],
    multipliers: [
      {
        id: 'data-zone',
        when: { deployment_type: ['datazonestandard', 'datazonebatch'] },
        tokens: '11/10',
      },
      { id: 'batch', when: { batch: true }, tokens: '1/2' },
      {
        id: 'batch-deployment',
        when: { batch: false, deployment_type: ['globalbatch', 'datazonebatch'] },
        tokens: '1/2',
      },
    ],
  }
}

function withoutRates(variant: VariantJson, names: readonly string[]): VariantJson {
  if (variant.rates === undefined) return variant
  const rates = Object.entries(variant.rates).filter(([name]) => !names.includes(name))
  return { ...variant, rates: Object.fromEntries(rates) }
}

function multipliersOf(
  rule: RuleJson,
  keep: (multiplier: NonNullable<RuleJson['multipliers']>[number]) => boolean,
): Pick<RuleJson, 'multipliers'> {
  return rule.multipliers ? { multipliers: rule.multipliers.filter(keep) } : {}
}

const by =
  <T>(keyOf: (item: T) => string) =>
  (a: T, b: T): number => {
    const [x, y] = [keyOf(a), keyOf(b)]
    return x < y ? -1 : x > y ? 1 : 0
  }
