// From a checked price book to what prices events: models found by name, aliases by deployment, rules compiled. Done once
// per book, so that pricing an event parses nothing.

import { groupBy } from './group-by.ts'
import { modelNames, placeOf } from './models.ts'
import { ONE, parseFraction } from './money-fraction.ts'
import type { Contract, Model, PriceBook, Rule, Target } from './price-book.ts'
import { contentHash } from './price-book-hash.ts'
import {
  type AliasJson,
  type ContractJson,
  EVERY,
  type PriceBookJson,
  type RuleJson,
} from './price-book-json.ts'
import { bounds, compileRule } from './price-rule-compile.ts'

/** Names seen in events are remembered up to this many, since senders may invent as many as they like. */
const REMEMBERED_NAMES = 10_000

/** Compiles a book that has passed all checks. */
export function compileChecked(json: PriceBookJson): PriceBook {
  const rules = groupBy(json.rules, rule => key(rule.provider, rule.model))
  const compiled = (provider: string, model: string): (() => readonly Rule[]) =>
    once(() => compileRules(rules.get(key(provider, model)) ?? [], json))
  const models = json.models.map(({ provider, id }): Model => {
    const own = compiled(provider, id)
    return {
      provider,
      id,
      get rules() {
        return own()
      },
    }
  })
  const lookUp = compileNames(json, models)
  return {
    hash: contentHash(json),
    json,
    models,
    contracts: (json.contracts ?? [])
      .toSorted((a, b) => Object.keys(b.scope).length - Object.keys(a.scope).length)
      .map(compileContract),
    find: remembering((provider, name) => {
      const found = lookUp(provider, modelNames(provider, name))
      return found && { ...found, ...placeOf(provider, name), deploymentType: '' }
    }),
    alias: compileAliases(json.aliases ?? [], lookUp),
    unitRules: compileUnitRules(rules, compiled),
  }
}

/** Names hold no line breaks: events and books with control characters in texts are refused. */
const key = (provider: string, name: string): string => `${provider}\n${name}`

const compileRules = (rules: readonly RuleJson[], json: PriceBookJson): readonly Rule[] =>
  rules.map(rule => compileRule(rule, json.bucket_fallback)).toSorted((a, b) => b.from - a.from)

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

type LookUp = (
  provider: string,
  names: readonly string[],
) => { readonly model: Model; readonly name: string } | undefined

/** Exact names first, in the order given, then the patterns of dated snapshots. */
function compileNames(json: PriceBookJson, models: readonly Model[]): LookUp {
  const exact = new Map<string, Model>()
  const dated = new Map<string, { readonly pattern: string; readonly model: Model }[]>()
  json.models.forEach(({ provider, match }, i) => {
    const model = models[i]
    if (model === undefined) return
    for (const name of match.exact) exact.set(key(provider, name.toLowerCase()), model)
    if (match.dated === undefined) return
    dated.set(provider, [...(dated.get(provider) ?? []), { pattern: match.dated, model }])
  })
  const patterns = new Map<string, readonly { readonly pattern: RegExp; readonly model: Model }[]>()
  const patternsOf = (provider: string) => {
    const known = patterns.get(provider)
    if (known) return known
    const made = (dated.get(provider) ?? []).map(({ pattern, model }) => ({
      pattern: new RegExp(pattern),
      model,
    }))
    patterns.set(provider, made)
    return made
  }
  return (provider, names) => {
    for (const name of names) {
      const model = exact.get(key(provider, name))
      if (model) return { model, name }
    }
    for (const name of names) {
      const model = patternsOf(provider).find(({ pattern }) => pattern.test(name))?.model
      if (model) return { model, name }
    }
    return undefined
  }
}

/** Names repeat: each is looked up once. */
function remembering(resolve: PriceBook['find']): PriceBook['find'] {
  const remembered = new Map<string, Map<string, Target | undefined>>()
  let size = 0
  return (provider, name) => {
    const names = remembered.get(provider)
    if (names?.has(name)) return names.get(name)
    if (size >= REMEMBERED_NAMES) {
      remembered.clear()
      size = 0
    }
    const target = resolve(provider, name)
    size += 1
    remembered.set(provider, (remembered.get(provider) ?? new Map()).set(name, target))
    return target
  }
}

function compileUnitRules(
  rules: ReadonlyMap<string, readonly RuleJson[]>,
  compiled: (provider: string, model: string) => () => readonly Rule[],
): PriceBook['unitRules'] {
  const byProvider = new Map(
    [...rules.values()].flatMap(([rule]) =>
      rule?.model === EVERY ? [[rule.provider, compiled(rule.provider, EVERY)] as const] : [],
    ),
  )
  if (byProvider.size === 0) return () => []
  return provider => [provider, EVERY].flatMap(name => byProvider.get(name)?.() ?? [])
}

/** A tenant's own alias stands above one for everybody. */
function compileAliases(aliases: readonly AliasJson[], lookUp: LookUp): PriceBook['alias'] {
  if (aliases.length === 0) return () => undefined
  const targets = new Map<string, Target>()
  for (const alias of aliases) {
    const found = lookUp(alias.provider, [alias.model.toLowerCase()])
    if (found === undefined) continue
    targets.set(key(alias.tenant ?? '', key(alias.provider, alias.deployment.toLowerCase())), {
      ...found,
      regionClass: alias.region_class ?? '',
      geo: '',
      deploymentType: alias.deployment_type ?? '',
    })
  }
  return (tenant, provider, deployment) => {
    const name = key(provider, deployment.toLowerCase())
    return targets.get(key(tenant, name)) ?? targets.get(key('', name))
  }
}

const compileContract = (contract: ContractJson): Contract => ({
  id: contract.id,
  scope: contract.scope,
  ...bounds(contract.effective),
  factor: parseFraction(contract.tokens) ?? ONE,
})
