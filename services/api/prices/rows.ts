// A rule of the price book as it is answered: with the rates that really apply, fallbacks and scaled variants worked out, so that
// nobody has to know how a book is written to know what a token costs.

import type { RateSheet, Rule, Variant } from '#core/price-book.ts'
import type { MultiplierJson, RatesJson, RuleJson } from '#core/price-book-json.ts'
import type { WhenJson } from '#core/price-conditions.ts'
import type { CsvColumn } from '../answer/csv.ts'

export interface VariantRow {
  readonly id: string
  /** {} for every call that no other variant is for. */
  readonly when: WhenJson
  readonly rates: RatesJson
  /** For the whole request, once its input is more tokens than `above`. Lowest first. */
  readonly context_tiers: readonly {
    readonly id: string
    readonly above: number
    readonly rates: RatesJson
  }[]
}

/** What one model costs in general. */
export interface PriceRow {
  readonly provider: string
  readonly model: string
  readonly rule_id: string
  readonly from: string
  /** null: until further notice. */
  readonly to: string | null
  /** Rates without any condition, in USD per unit: "5/Mtok". */
  readonly rates: RatesJson
  readonly source: RuleJson['source'] | null
}

/** Everything that one rule says. */
export interface RuleRow extends PriceRow {
  /** Whether this rule prices a call of the moment that was asked for. */
  readonly in_force: boolean
  /** The first that matches a call is its price. */
  readonly variants: readonly VariantRow[]
  readonly multipliers: readonly MultiplierJson[]
}

const PRICE_COLUMNS = ['provider', 'model', 'rule_id', 'from', 'to', 'rates', 'source'] as const

/** The columns of a file of one kind of rows; what is nested is JSON in a cell. */
export const priceColumns = (of: 'models' | 'rules'): CsvColumn[] =>
  [...PRICE_COLUMNS, ...(of === 'rules' ? ['in_force', 'variants', 'multipliers'] : [])].map(name => ({
    name,
    numeric: false,
  }))

export function priceRow({ json, variants }: Rule): PriceRow {
  const usual = variants.at(-1)
  return {
    provider: json.provider,
    model: json.model,
    rule_id: json.id,
    ...json.effective,
    rates: usual ? ratesOf(usual.sheet) : {},
    source: json.source ?? null,
  }
}

/** @param at ms */
export const ruleRow = (rule: Rule, at: number): RuleRow => ({
  ...priceRow(rule),
  in_force: at >= rule.from && at < rule.to,
  variants: rule.variants.map(variant => variantRow(variant, rule.json)),
  multipliers: rule.json.multipliers ?? [],
})

const variantRow = ({ id, sheet, tiers }: Variant, { variants }: RuleJson): VariantRow => ({
  id,
  when: variants.find(variant => variant.id === id)?.when ?? {},
  rates: ratesOf(sheet),
  context_tiers: tiers
    .toReversed()
    .map(tier => ({ id: tier.id, above: tier.above, rates: ratesOf(tier.sheet) })),
})

const ratesOf = ({ tokens, units }: RateSheet): RatesJson =>
  Object.fromEntries([...Object.entries(tokens), ...units].map(([name, { text }]) => [name, text]))
