// Prices of one's own on top of a book. An overlay says only what differs; the book goes on before, after and beside it, so
// that a negotiated price of this year neither changes last year's events nor hides the book's news about other models.

import { groupBy } from './group-by.ts'
import {
  EVERY,
  type ModelJson,
  type PriceBookJson,
  type PriceOverlayJson,
  type RuleJson,
} from './price-book-json.ts'

/**
 * One book of both. The overlay's models and rules come first and in their order, so that a place in the result is a place in
 * the overlay.
 */
export function mergeOverlay(base: PriceBookJson, overlay: PriceOverlayJson): PriceBookJson {
  const models = (overlay.models ?? []).map(model => withNames(model, base))
  const rules = overlay.rules ?? []
  const added = [...models, ...unlisted(base, models, rules)]
  const kept = keptModels(base.models, added)
  const keptIds = new Set(kept.map(idOf))
  return {
    ...base,
    book: {
      ...base.book,
      built_from: [
        ...(base.book.built_from ?? []),
        { source: 'own overlay', version: overlay.book?.version ?? 'without a version' },
      ],
    },
    models: [...added, ...kept],
    rules: [...rules, ...keptRules(base, added, keptIds, rules)],
    bucket_fallback: { ...base.bucket_fallback, ...overlay.bucket_fallback },
    contracts: replaced(base.contracts, overlay.contracts, contract => contract.id),
    aliases: replaced(
      base.aliases,
      overlay.aliases,
      alias => `${alias.tenant ?? ''}\n${alias.provider}\n${alias.deployment}`,
    ),
  }
}

const idOf = ({ provider, id }: { provider: string; id: string }): string => `${provider}\n${id}`
const modelOf = ({ provider, model }: RuleJson): string => `${provider}\n${model}`

/** A model that the book has keeps the names that it has there. */
function withNames(model: ModelJson, base: PriceBookJson): ModelJson {
  const known = base.models.find(other => idOf(other) === idOf(model))
  if (known === undefined) return model
  return {
    ...model,
    match: {
      ...known.match,
      ...model.match,
      exact: [...new Set([...model.match.exact, ...known.match.exact])],
    },
  }
}

/** Models that rules of the overlay are about and that nobody lists: known by their id alone. */
function unlisted(
  base: PriceBookJson,
  models: readonly ModelJson[],
  rules: readonly RuleJson[],
): ModelJson[] {
  const listed = new Set([...base.models, ...models].map(idOf))
  const missing = rules.filter(rule => rule.model !== EVERY && !listed.has(modelOf(rule)))
  return [...groupBy(missing, modelOf).values()].flatMap(([rule]) =>
    rule ? [{ provider: rule.provider, id: rule.model, match: { exact: [rule.model] } }] : [],
  )
}

/** The book's models without what the overlay takes: whole models by id, single names by name. */
function keptModels(base: readonly ModelJson[], added: readonly ModelJson[]): ModelJson[] {
  const replacedIds = new Set(added.map(idOf))
  const taken = new Set(
    added.flatMap(({ provider, match }) => match.exact.map(name => nameKey(provider, name))),
  )
  return base.flatMap(model => {
    if (replacedIds.has(idOf(model))) return []
    const exact = model.match.exact.filter(name => !taken.has(nameKey(model.provider, name)))
    if (exact.length === model.match.exact.length) return [model]
    return exact.length === 0 ? [] : [{ ...model, match: { ...model.match, exact } }]
  })
}

const nameKey = (provider: string, name: string): string => `${provider}\n${name.toLowerCase()}`

function keptRules(
  base: PriceBookJson,
  added: readonly ModelJson[],
  keptIds: ReadonlySet<string>,
  rules: readonly RuleJson[],
): RuleJson[] {
  const addedIds = new Set(added.map(idOf))
  const own = groupBy(rules, modelOf)
  return base.rules.flatMap(rule => {
    const model = modelOf(rule)
    if (rule.model !== EVERY && !keptIds.has(model) && !addedIds.has(model)) return []
    return withoutTimes(rule, own.get(model) ?? [])
  })
}

/** A rule for the times at which none of the others is in force. */
function withoutTimes(rule: RuleJson, others: readonly RuleJson[]): RuleJson[] {
  if (others.length === 0) return [rule]
  const pieces: RuleJson['effective'][] = []
  let { from } = rule.effective
  const { to } = rule.effective
  for (const other of others.toSorted((a, b) => (a.effective.from < b.effective.from ? -1 : 1))) {
    const { effective } = other
    if (isBefore(from, effective.from) && isBefore(from, to)) {
      pieces.push({ from, to: isBefore(effective.from, to) ? effective.from : to })
    }
    if (effective.to === null) return named(rule, pieces)
    if (isBefore(from, effective.to)) from = effective.to
  }
  if (isBefore(from, to)) pieces.push({ from, to })
  return named(rule, pieces)
}

/** Instants in one written form, which sort as texts; null is never reached. */
const isBefore = (instant: string, end: string | null): boolean => end === null || instant < end

const named = (rule: RuleJson, pieces: readonly RuleJson['effective'][]): RuleJson[] =>
  pieces.map((effective, i) => ({
    ...rule,
    id: i === 0 ? rule.id : `${rule.id}/again-${effective.from.slice(0, 10)}`,
    effective,
  }))

function replaced<T>(
  base: readonly T[] | undefined,
  own: readonly T[] | undefined,
  keyOf: (entry: T) => string,
): readonly T[] {
  const taken = new Set((own ?? []).map(keyOf))
  return [...(own ?? []), ...(base ?? []).filter(entry => !taken.has(keyOf(entry)))]
}
