// Which stored events may have another price under a newer book. Everything that is left out here keeps its old price without
// being looked at, so what is not certain counts as changed.

import { canonicalJson } from '#core/price-book-hash.ts'
import type { ModelJson, PriceBookJson, RuleJson } from '#core/price-book-json.ts'

export type BookChange =
  | { readonly kind: 'everything' }
  | {
      readonly kind: 'some'
      /** Whose names may mean another model now. */
      readonly providers: ReadonlySet<string>
      /** `modelKey`s of models whose rules differ. */
      readonly models: ReadonlySet<string>
      /** Whether a rule on units for any model differs. */
      readonly units: boolean
    }

const ANY = '*'

/** @param model the id in the book, as rows have it */
export const modelKey = (provider: string, model: string): string => `${provider} ${model}`

export function changesBetween(older: PriceBookJson, newer: PriceBookJson): BookChange {
  const common = ({ bucket_fallback, contracts = [], aliases = [] }: PriceBookJson) =>
    canonicalJson([bucket_fallback, contracts, aliases])
  if (common(older) !== common(newer)) return { kind: 'everything' }
  const named = different(byModel(older.models), byModel(newer.models))
  const ruled = different(byRuledModel(older.rules), byRuledModel(newer.rules))
  return {
    kind: 'some',
    providers: new Set([...named].map(key => key.slice(0, key.indexOf(' ')))),
    models: new Set([...ruled].filter(key => !key.endsWith(` ${ANY}`))),
    units: [...ruled].some(key => key.endsWith(` ${ANY}`)),
  }
}

const byModel = (models: readonly ModelJson[]): Map<string, unknown> =>
  new Map(models.map(model => [modelKey(model.provider, model.id), model]))

function byRuledModel(rules: readonly RuleJson[]): Map<string, unknown> {
  const grouped = new Map<string, RuleJson[]>()
  for (const rule of rules) {
    const key = modelKey(rule.provider, rule.model)
    grouped.set(key, [...(grouped.get(key) ?? []), rule])
  }
  return new Map(grouped)
}

function different(older: Map<string, unknown>, newer: Map<string, unknown>): Set<string> {
  const keys = new Set([...older.keys(), ...newer.keys()])
  return new Set(
    [...keys].filter(key => {
      const [before, after] = [older.get(key), newer.get(key)]
      return !before || !after || canonicalJson(before) !== canonicalJson(after)
    }),
  )
}
