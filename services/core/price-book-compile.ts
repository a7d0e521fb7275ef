// From a checked price book to what prices events: models found by name, aliases by deployment, rules compiled. Done once
// per book, so that pricing an event parses nothing.

import { modelNames, regionClassOf } from './models.ts'
import { ONE, parseFraction } from './money-fraction.ts'
import type { Contract, Model, PriceBook, Target } from './price-book.ts'
import { contentHash } from './price-book-hash.ts'
import type { AliasJson, ContractJson, ModelJson, PriceBookJson } from './price-book-json.ts'
import { bounds, compileRule } from './price-rule-compile.ts'

/** Names seen in events are remembered up to this many, since senders may invent as many as they like. */
const REMEMBERED_NAMES = 10_000

/** Compiles a book that has passed all checks. */
export function compileChecked(json: PriceBookJson): PriceBook {
  const models = json.models.map(model => [model, compileModel(model, json)] as const)
  const exact = new Map(
    models.flatMap(([{ provider, match }, model]) =>
      match.exact.map(name => [key(provider, name.toLowerCase()), model] as const),
    ),
  )
  return {
    hash: contentHash(json),
    json,
    models: models.map(([, model]) => model),
    contracts: (json.contracts ?? [])
      .toSorted((a, b) => Object.keys(b.scope).length - Object.keys(a.scope).length)
      .map(compileContract),
    find: compileNames(models, exact),
    alias: compileAliases(json.aliases ?? [], exact),
  }
}

/** Names hold no line breaks: events and books with control characters in texts are refused. */
const key = (provider: string, name: string): string => `${provider}\n${name}`

const compileModel = ({ provider, id }: ModelJson, json: PriceBookJson): Model => ({
  provider,
  id,
  rules: json.rules
    .filter(rule => rule.provider === provider && rule.model === id)
    .map(rule => compileRule(rule, json.bucket_fallback))
    .toSorted((a, b) => b.from - a.from),
})

/** Exact names first, then the patterns of dated snapshots. */
function compileNames(
  models: readonly (readonly [ModelJson, Model])[],
  exact: ReadonlyMap<string, Model>,
): PriceBook['find'] {
  const dated = models.flatMap(([{ provider, match }, model]) =>
    match.dated === undefined ? [] : [{ provider, pattern: new RegExp(match.dated), model }],
  )
  const resolve = (provider: string, name: string): Target | undefined => {
    const names = modelNames(provider, name)
    const named = names.flatMap(candidate => exact.get(key(provider, candidate)) ?? [])
    const snapshot = dated.find(
      entry => entry.provider === provider && names.some(candidate => entry.pattern.test(candidate)),
    )
    const model = named[0] ?? snapshot?.model
    return model && { model, regionClass: regionClassOf(provider, name), deploymentType: '' }
  }
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

/** A tenant's own alias stands above one for everybody. */
function compileAliases(
  aliases: readonly AliasJson[],
  exact: ReadonlyMap<string, Model>,
): PriceBook['alias'] {
  if (aliases.length === 0) return () => undefined
  const targets = new Map<string, Target>()
  for (const alias of aliases) {
    const model = exact.get(key(alias.provider, alias.model.toLowerCase()))
    if (model === undefined) continue
    const place = { regionClass: alias.region_class ?? '', deploymentType: alias.deployment_type ?? '' }
    targets.set(key(alias.tenant ?? '', key(alias.provider, alias.deployment)), { model, ...place })
  }
  return (tenant, provider, deployment) =>
    targets.get(key(tenant, key(provider, deployment))) ?? targets.get(key('', key(provider, deployment)))
}

const compileContract = (contract: ContractJson): Contract => ({
  id: contract.id,
  scope: contract.scope,
  ...bounds(contract.effective),
  factor: parseFraction(contract.tokens) ?? ONE,
})
