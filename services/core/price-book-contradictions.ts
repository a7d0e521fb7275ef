// What a well-shaped price book may still get wrong: two rules for one moment, a moment without a rule, two variants for
// one call, names that lead nowhere. Any of these would make the price of an event depend on the order of a file.

import { groupBy } from './group-by.ts'
import {
  CONTRACT_SCOPES,
  type ContractJson,
  EVERY,
  type PriceBookJson,
  type RuleJson,
} from './price-book-json.ts'
import { canBothHold, clauseCount } from './price-conditions.ts'
import { canonicalProvider } from './providers.ts'
import { isTokenBucket } from './tokens.ts'

/** All contradictions, each as "path: what is wrong". */
export function contradictions(book: PriceBookJson): string[] {
  const contracts = book.contracts ?? []
  const aliases = book.aliases ?? []
  const models = new Set(book.models.map(model => `${model.provider}/${model.id}`))
  const ruled = new Set(book.rules.map(modelOf))
  const providers = new Set(book.models.map(({ provider }) => provider))
  const isNamed = aliases.length + contracts.length > 0 ? nameTest(book) : () => true
  return [
    ...repeated('models', book.models, model => `${model.provider}/${model.id}`),
    ...repeated('models', book.models.flatMap(exactNames), name => name),
    ...book.models.flatMap(({ provider }, i) =>
      canonicalProvider(provider) === provider
        ? []
        : [`models[${i}].provider: ${provider} is stored as ${canonicalProvider(provider)}`],
    ),
    ...book.rules.flatMap(({ provider }, i) =>
      canonicalProvider(provider) === provider
        ? []
        : [`rules[${i}].provider: ${provider} is stored as ${canonicalProvider(provider)}`],
    ),
    ...repeated('rules', book.rules, rule => rule.id),
    ...repeated('contracts', contracts, contract => contract.id),
    ...repeated('aliases', aliases, alias => `${alias.tenant ?? ''}/${alias.provider}/${alias.deployment}`),
    ...book.models.flatMap((model, i) =>
      ruled.has(`${model.provider}/${model.id}`)
        ? []
        : [`models[${i}]: ${model.provider}/${model.id} has no rule`],
    ),
    ...book.rules.flatMap((rule, i) => ruleFaults(rule, `rules[${i}]`, models)),
    ...intervalFaults(book),
    ...aliases.flatMap((alias, i) =>
      isNamed(alias.provider, alias.model.toLowerCase())
        ? []
        : [`aliases[${i}].model: ${alias.provider}/${alias.model} is not among the models`],
    ),
    ...contracts.flatMap(({ scope: { provider, model } }, i) => {
      if (provider !== undefined && canonicalProvider(provider) !== provider) {
        return [`contracts[${i}].scope.provider: ${provider} is stored as ${canonicalProvider(provider)}`]
      }
      if (provider !== undefined && !providers.has(provider)) {
        return [`contracts[${i}].scope.provider: ${provider} has no model`]
      }
      const known = model === undefined || isNamed(provider, model.toLowerCase())
      return known ? [] : [`contracts[${i}].scope.model: ${model} is not among the models`]
    }),
    ...pairs(contracts).flatMap(([[a, i], [b, j]]) =>
      sameScopeSize(a, b) && scopesMeet(a, b) && overlap(a.effective, b.effective)
        ? [`contracts[${j}]: one call could fall under ${a.id} (contracts[${i}]) and ${b.id} alike`]
        : [],
    ),
    ...fallbackFaults(book.bucket_fallback),
  ]
}

const exactNames = (model: PriceBookJson['models'][number]): string[] =>
  model.match.exact.map(name => `${model.provider}/${name.toLowerCase()}`)

/** Whether a name is that of a model, exactly or as a dated snapshot. */
function nameTest(book: PriceBookJson): (provider: string | undefined, name: string) => boolean {
  const names = new Set(book.models.flatMap(exactNames))
  const dated = book.models.flatMap(({ provider, match }) =>
    match.dated === undefined ? [] : [{ provider, pattern: new RegExp(match.dated) }],
  )
  const providers = [...new Set(book.models.map(({ provider }) => provider))]
  return (wanted, name) =>
    (wanted === undefined ? providers : [wanted]).some(
      provider =>
        names.has(`${provider}/${name}`) ||
        dated.some(entry => entry.provider === provider && entry.pattern.test(name)),
    )
}

function repeated<T>(path: string, items: readonly T[], key: (item: T) => string): string[] {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const name of items.map(key)) {
    if (seen.has(name)) twice.add(name)
    seen.add(name)
  }
  return [...twice].map(name => `${path}: ${name} is there twice`)
}

function ruleFaults(rule: RuleJson, path: string, models: ReadonlySet<string>): string[] {
  const faults: string[] = []
  const variants = new Map(rule.variants.map(variant => [variant.id, variant]))
  if (rule.model === EVERY) {
    faults.push(...unitRuleFaults(rule, path))
  } else if (!models.has(modelOf(rule))) {
    faults.push(`${path}.model: ${modelOf(rule)} is not among the models`)
  }
  if (rule.variants.filter(variant => clauseCount(variant.when) === 0).length !== 1) {
    faults.push(`${path}.variants: exactly one must be without conditions, for the ordinary call`)
  }
  faults.push(...repeated(`${path}.variants`, rule.variants, variant => variant.id))
  faults.push(...repeated(`${path}.multipliers`, rule.multipliers ?? [], multiplier => multiplier.id))
  rule.variants.forEach((variant, i) => {
    const at = `${path}.variants[${i}]`
    const tiers = variant.context_tiers ?? []
    if ((variant.rates === undefined) === (variant.scale === undefined)) {
      faults.push(`${at}: needs either rates or scale`)
    }
    if (variant.scale && variants.get(variant.scale.of)?.rates === undefined) {
      faults.push(`${at}.scale.of: ${variant.scale.of} is no variant with rates of its own`)
    }
    if (variant.scale && tiers.length > 0) faults.push(`${at}.context_tiers: come with the scaled variant`)
    if (variant.rates && Object.keys(variant.rates).length === 0) faults.push(`${at}.rates: are empty`)
    tiers.forEach((tier, j) => {
      if ((tier.gt === undefined) === (tier.gte === undefined)) {
        faults.push(`${at}.context_tiers[${j}]: needs either gt or gte`)
      }
    })
    faults.push(...repeated(`${at}.context_tiers`, tiers, tier => String(tier.gt ?? (tier.gte ?? 0) - 1)))
  })
  for (const [[a], [b, j]] of pairs(rule.variants)) {
    if (
      clauseCount(a.when) === clauseCount(b.when) &&
      clauseCount(a.when) > 0 &&
      canBothHold(a.when, b.when)
    ) {
      faults.push(`${path}.variants[${j}].when: one call could be ${a.id} and ${b.id} alike`)
    }
  }
  return faults
}

/** A rule on units prices no tokens: whatever the model, a price for its tokens would be a guess. */
function unitRuleFaults(rule: RuleJson, path: string): string[] {
  const sheets = rule.variants.flatMap(variant => [
    variant.rates ?? {},
    ...(variant.context_tiers ?? []).map(tier => tier.rates),
  ])
  const buckets = new Set(sheets.flatMap(Object.keys).filter(isTokenBucket))
  return [...buckets].map(bucket => `${path}: a rule for every model cannot price ${bucket}, only units`)
}

/** Rules of one model must follow one another without overlap or gap. */
function intervalFaults(book: PriceBookJson): string[] {
  const faults: string[] = []
  book.rules.forEach((rule, i) => {
    const { from, to } = rule.effective
    if (to !== null && to <= from) faults.push(`rules[${i}].effective: ends before it begins`)
  })
  for (const [model, rules] of groupBy(book.rules, modelOf)) {
    const ordered = rules.toSorted((a, b) => (a.effective.from < b.effective.from ? -1 : 1))
    ordered.forEach((rule, i) => {
      const next = ordered[i + 1]
      if (next === undefined || rule.effective.to === next.effective.from) return
      const overlaps = rule.effective.to === null || rule.effective.to > next.effective.from
      faults.push(
        `rules: ${model} has ${overlaps ? 'two rules' : 'no rule'} between ${rule.id} and ${next.id}`,
      )
    })
  }
  return faults
}

const modelOf = (rule: RuleJson): string => `${rule.provider}/${rule.model}`

function fallbackFaults(fallback: PriceBookJson['bucket_fallback']): string[] {
  return Object.keys(fallback).flatMap(bucket => {
    const seen = new Set<string>()
    for (let at: string | undefined = bucket; at !== undefined; at = fallback[at]) {
      if (seen.has(at)) return [`bucket_fallback.${bucket}: leads back to itself`]
      seen.add(at)
    }
    return []
  })
}

function pairs<T>(items: readonly T[]): (readonly [readonly [T, number], readonly [T, number]])[] {
  return items.flatMap((a, i) =>
    items.slice(i + 1).map((b, j) => [[a, i] as const, [b, i + 1 + j] as const] as const),
  )
}

const sameScopeSize = (a: ContractJson, b: ContractJson): boolean =>
  Object.keys(a.scope).length === Object.keys(b.scope).length

const scopesMeet = (a: ContractJson, b: ContractJson): boolean =>
  CONTRACT_SCOPES.every(scope => {
    const [ours, theirs] = [a.scope[scope], b.scope[scope]]
    return ours === undefined || theirs === undefined || ours === theirs
  })

const overlap = (a: ContractJson['effective'], b: ContractJson['effective']): boolean =>
  (a?.to == null || b === undefined || b.from < a.to) && (b?.to == null || a === undefined || a.from < b.to)
