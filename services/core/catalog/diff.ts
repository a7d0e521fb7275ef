// What changes from one price book to another, as a person reviews it: which models and names come and go, and which rate is
// another one from when to when. A change that is not shown here is approved unseen and found on a bill.

import { groupBy } from '../group-by.ts'
import { canonicalJson } from '../price-book-hash.ts'
import {
  EVERY,
  type IntervalJson,
  type ModelJson,
  type PriceBookJson,
  type RuleJson,
} from '../price-book-json.ts'
import { diffRates, type RateChange, type RuleInBook } from './diff-rates.ts'

/** A model's id, or what a name stands for, in a book that has none: null. */
export interface NameChange {
  readonly provider: string
  /** An exact name, or the pattern of dated snapshots. */
  readonly name: string
  readonly before: string | null
  readonly after: string | null
}

/** A time at which a model is priced in another way. */
export interface PriceChange {
  readonly provider: string
  readonly model: string
  readonly from: string
  /** null: until further notice. */
  readonly to: string | null
  /** Ids of the rules; null where there is none. */
  readonly rule_before: string | null
  readonly rule_after: string | null
  readonly rates: readonly RateChange[]
  /** Variants and multipliers whose conditions or factors differ. */
  readonly conditions: readonly string[]
}

/** Parts of a book that are compared entry by entry. */
const WHOLE_PARTS = ['bucket_fallback', 'contracts', 'aliases'] as const

export interface BookDiff {
  /** "provider/model", in order. */
  readonly models_added: readonly string[]
  readonly models_removed: readonly string[]
  /** Of models that are in both books. */
  readonly names: readonly NameChange[]
  readonly prices: readonly PriceChange[]
  readonly other: readonly PartChange[]
}

/** Entries of a contract list and the like that only one of the books has. */
export interface PartChange {
  readonly part: (typeof WHOLE_PARTS)[number]
  readonly before: readonly unknown[]
  readonly after: readonly unknown[]
}

/** Compares two books that have passed all checks. Sources and ids of rules are no prices: they make no difference. */
export function diffBooks(a: PriceBookJson, b: PriceBookJson): BookDiff {
  const [before, after] = [new Set(a.models.map(modelKey)), new Set(b.models.map(modelKey))]
  return {
    models_added: [...after].filter(model => !before.has(model)).toSorted(),
    models_removed: [...before].filter(model => !after.has(model)).toSorted(),
    names: diffNames(a, b, model => before.has(model) && after.has(model)),
    prices: diffPrices(a, b, model => before.has(model) === after.has(model)),
    other: WHOLE_PARTS.flatMap(part => partChange(part, entriesOf(a[part]), entriesOf(b[part]))),
  }
}

const modelKey = ({ provider, id }: { provider: string; id: string }): string => `${provider}/${id}`

/** An empty part says as little as one that is not there. */
const entriesOf = (part: object | undefined): readonly unknown[] =>
  Array.isArray(part) ? part : Object.entries(part ?? {}).map(([name, value]) => ({ [name]: value }))

function partChange(
  part: PartChange['part'],
  before: readonly unknown[],
  after: readonly unknown[],
): PartChange[] {
  const missingIn = (others: readonly unknown[]) => {
    const known = new Set(others.map(canonicalJson))
    return (entry: unknown) => !known.has(canonicalJson(entry))
  }
  const change = { part, before: before.filter(missingIn(after)), after: after.filter(missingIn(before)) }
  return change.before.length + change.after.length === 0 ? [] : [change]
}

type Names = ReadonlyMap<string, Omit<NameChange, 'before' | 'after'> & { readonly model: string }>

const namesOf = ({ match }: ModelJson): string[] => [
  ...match.exact.map(name => name.toLowerCase()),
  ...(match.dated === undefined ? [] : [match.dated]),
]

function allNames(book: PriceBookJson): Names {
  return new Map(
    book.models.flatMap(model =>
      namesOf(model).map(name => {
        const { provider, id } = model
        return [`${provider}\n${name}`, { provider, name, model: id }] as const
      }),
    ),
  )
}

/** Names of a model that comes or goes come and go with it, and are no news unless another model has them. */
function diffNames(a: PriceBookJson, b: PriceBookJson, isInBoth: (model: string) => boolean): NameChange[] {
  const [before, after] = [allNames(a), allNames(b)]
  return [...new Map([...before, ...after])].toSorted(byKey).flatMap(([key, { provider, name }]) => {
    const [was, is] = [before.get(key)?.model, after.get(key)?.model]
    if (was === is) return []
    if ((was === undefined || is === undefined) && !isInBoth(`${provider}/${was ?? is}`)) return []
    return [{ provider, name, before: was ?? null, after: is ?? null }]
  })
}

function diffPrices(a: PriceBookJson, b: PriceBookJson, isWanted: (model: string) => boolean): PriceChange[] {
  const key = ({ provider, model }: RuleJson): string => `${provider}/${model}`
  const [before, after] = [groupBy(a.rules, key), groupBy(b.rules, key)]
  return [...new Map([...before, ...after])].toSorted(byKey).flatMap(([model, [rule]]) =>
    // Rules on units stand for no listed model.
    isWanted(model) || rule?.model === EVERY
      ? diffTimelines(
          { rules: before.get(model) ?? [], fallback: a.bucket_fallback },
          { rules: after.get(model) ?? [], fallback: b.bucket_fallback },
        )
      : [],
  )
}

/** The rules of one model in one book. */
interface Timeline extends Pick<RuleInBook, 'fallback'> {
  readonly rules: readonly RuleJson[]
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0

/** Cuts both timelines wherever one of them changes, and keeps the pieces that are priced differently. */
function diffTimelines(before: Timeline, after: Timeline): PriceChange[] {
  const changes: PriceChange[] = []
  for (const piece of piecesOf([...before.rules, ...after.rules])) {
    const [was, is] = [ruleIn(before.rules, piece), ruleIn(after.rules, piece)]
    const rule = is ?? was
    if (rule === undefined || pricesOf(was) === pricesOf(is)) continue
    const found = diffRates({ ...before, rule: was }, { ...after, rule: is })
    // Another way to write the same.
    if (was && is && found.rates.length + found.conditions.length === 0) continue
    const change: PriceChange = {
      provider: rule.provider,
      model: rule.model,
      ...piece,
      rule_before: was?.id ?? null,
      rule_after: is?.id ?? null,
      ...found,
    }
    const last = changes.at(-1)
    if (last?.to === piece.from && isSameChange(last, change))
      changes.splice(-1, 1, { ...last, to: piece.to })
    else changes.push(change)
  }
  return changes
}

/** Instants are written in one form, which sorts as text. */
function piecesOf(rules: readonly RuleJson[]): IntervalJson[] {
  const ends = rules.flatMap(({ effective }) => [effective.from, effective.to ?? []].flat())
  const cuts = [...new Set(ends)].toSorted()
  return cuts.map((from, i) => ({ from, to: cuts[i + 1] ?? null }))
}

const ruleIn = (rules: readonly RuleJson[], { from }: IntervalJson): RuleJson | undefined =>
  rules.find(({ effective }) => effective.from <= from && (effective.to === null || from < effective.to))

const pricesOf = (rule: RuleJson | undefined): string =>
  rule ? canonicalJson([rule.variants, rule.multipliers ?? []]) : ''

const isSameChange = (a: PriceChange, b: PriceChange): boolean =>
  canonicalJson([a.rule_before === null, a.rule_after === null, a.rates, a.conditions]) ===
  canonicalJson([b.rule_before === null, b.rule_after === null, b.rates, b.conditions])
