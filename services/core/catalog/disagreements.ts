// Where what is kept by hand and the catalogue say different things of one model. Every such place is a mistake on one of
// the two sides, and the build goes on only when somebody has decided on which.

import { groupBy } from '../group-by.ts'
import type { Fraction } from '../money-fraction.ts'
import type { ModelJson, RuleJson } from '../price-book-json.ts'
import { isTokenBucket } from '../tokens.ts'
import { effectiveRates } from './effective-rates.ts'

/** Models and their rules: a file that is kept by hand, or the catalogue. */
export interface PriceList {
  readonly models: readonly ModelJson[]
  readonly rules: readonly RuleJson[]
}

interface PricedModel {
  readonly model: ModelJson
  /** Its names in lower case. */
  readonly names: readonly string[]
  /** Where Bedrock serves it from, as the catalogue's name says; '' for everything else. */
  readonly place: string
  readonly rules: readonly RuleJson[]
}

export interface Disagreement {
  readonly provider: string
  readonly model: string
  /** A bucket or unit, after "global " or "in_region " where the place changes the price and ">N " in long contexts. */
  readonly field: string
  /** USD per million tokens, or per single thing. "none" is no price, "no rule" a time without any. */
  readonly ours: string
  readonly catalogue: string
}

export interface Decision extends Disagreement {
  readonly reason: string
}

/** On models that share a name, at every moment at which a price of one of the two begins or is about to end. */
export function disagreements(kept: PriceList, catalogue: PriceList): Disagreement[] {
  const listed = groupBy(pricedModels(catalogue), ({ model }) => model.provider)
  const found = pricedModels(kept).flatMap(ours =>
    (listed.get(ours.model.provider) ?? [])
      .filter(({ names }) => names.some(name => ours.names.includes(name)))
      .flatMap(theirs => compareModels(ours, theirs)),
  )
  return [...new Map(found.map(entry => [keyOf(entry), entry])).values()]
}

/** Disagreements that nobody has decided, and decisions about what is no disagreement any more. */
export function undecided(
  found: readonly Disagreement[],
  decisions: readonly Decision[],
): { readonly open: readonly Disagreement[]; readonly stale: readonly Decision[] } {
  const decided = new Set(decisions.filter(({ reason }) => reason !== '').map(keyOf))
  const current = new Set(found.map(keyOf))
  return {
    open: found.filter(entry => !decided.has(keyOf(entry))),
    stale: decisions.filter(entry => !current.has(keyOf(entry))),
  }
}

const keyOf = ({ provider, model, field, ours, catalogue }: Disagreement): string =>
  [provider, model, field, ours, catalogue].join('\n')

const BEDROCK_PLACE = /^(global|regional)\./

function pricedModels({ models, rules }: PriceList): PricedModel[] {
  const byModel = groupBy(rules, rule => `${rule.provider}/${rule.model}`)
  return models.map(model => {
    const place = model.provider === 'aws_bedrock' ? (BEDROCK_PLACE.exec(model.id)?.[1] ?? '') : ''
    return {
      model,
      names: model.match.exact.map(name => name.toLowerCase().replace(place === '' ? '' : `${place}.`, '')),
      place: place === 'regional' ? 'in_region' : place,
      rules: byModel.get(`${model.provider}/${model.id}`) ?? [],
    }
  })
}

function compareModels(ours: PricedModel, theirs: PricedModel): Disagreement[] {
  const { provider, id } = ours.model
  const { place } = theirs
  return instants(ours, theirs).flatMap(at =>
    compareRules(ruleAt(ours, at), ruleAt(theirs, at), place).map(entry => ({
      provider,
      model: id,
      ...entry,
      field: place === '' ? entry.field : `${place} ${entry.field}`,
    })),
  )
}

/** From the start of our first rule on: before it the catalogue knows no more than we do. */
function instants(ours: PricedModel, theirs: PricedModel): string[] {
  const starts = [...ours.rules, ...theirs.rules].map(rule => rule.effective.from)
  const first = ours.rules.map(rule => rule.effective.from).toSorted()[0] ?? ''
  const before = starts.map(start => new Date(Date.parse(start) - 1_000).toISOString().replace('.000Z', 'Z'))
  return [...new Set([...starts, ...before])].filter(at => at >= first).toSorted()
}

const ruleAt = ({ rules }: PricedModel, at: string): RuleJson | undefined =>
  rules.find(({ effective }) => effective.from <= at && (effective.to === null || at < effective.to))

type Difference = Pick<Disagreement, 'field' | 'ours' | 'catalogue'>

function compareRules(ours: RuleJson | undefined, theirs: RuleJson | undefined, place: string): Difference[] {
  if (theirs === undefined) return []
  if (ours === undefined) return [{ field: 'rule', ours: 'no rule', catalogue: theirs.effective.from }]
  const [mine, catalogue] = [effectiveRates(ours, place), effectiveRates(theirs, place)]
  // What only we have is more than the catalogue knows; a long context that only we have would be dearer than it says.
  const tiers = [...mine.keys()].filter(field => field.startsWith('>') && catalogue.has(base(field)))
  return [...new Set([...catalogue.keys(), ...tiers])].flatMap(field => {
    const [a, b] = [mine.get(field), catalogue.get(field)]
    const same = a !== undefined && b !== undefined && a.n === b.n && a.d === b.d
    return same ? [] : [{ field, ours: shown(field, a), catalogue: shown(field, b) }]
  })
}

const base = (field: string): string => field.slice(field.indexOf(' ') + 1)

function shown(field: string, usd: Fraction | undefined): string {
  if (usd === undefined) return 'none'
  const size = isTokenBucket(field.startsWith('>') ? base(field) : field) ? 1_000_000n : 1n
  return String(Number((Number(usd.n * size) / Number(usd.d)).toPrecision(12)))
}
