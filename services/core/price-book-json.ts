// A price book as JSON: the format that people keep, review and compare. Numbers are texts with units and multipliers are
// fractions, because a price that went through a float is another price.

import type { WhenJson } from './price-conditions.ts'

/**
 * USD per unit by bucket or unit: { input: "5/Mtok", web_search: "10/K" }; "REFUSE" where there is no price on purpose.
 * Buckets are a closed list and always per Mtok; units are open (a name such as `vector_read`) and never per Mtok.
 */
export type RatesJson = Readonly<Record<string, string>>

/** Overlays rates on the whole request once its input (cached or not) is greater than `gt`, or at least `gte`, tokens. */
export interface ContextTierJson {
  readonly metric: 'input_total'
  readonly gt?: number
  readonly gte?: number
  readonly rates: RatesJson
}

/** Has either its own rates or those of another variant times a factor (tokens only, long contexts included). */
export interface VariantJson {
  readonly id: string
  readonly when?: WhenJson
  readonly rates?: RatesJson
  readonly context_tiers?: readonly ContextTierJson[]
  readonly scale?: { readonly of: string; readonly tokens: string }
}

export interface MultiplierJson {
  readonly id: string
  readonly when: WhenJson
  /** A fraction for all token buckets: "1/2", "11/10". Units are never multiplied. */
  readonly tokens: string
}

/** Half-open: from <= request start < to; null is "until further notice". */
export interface IntervalJson {
  readonly from: string
  readonly to: string | null
}

/** Stands for every provider or every model, in a rule on units. */
export const EVERY = '*'

export interface RuleJson {
  readonly id: string
  /** A provider; "*" is every one, in a rule on units. */
  readonly provider: string
  /**
   * The id of a model. "*" makes a rule on units: it prices what no rule of the call's own model does, whatever the model,
   * and has rates of units only. One of the call's provider stands above one of every provider.
   */
  readonly model: string
  readonly effective: IntervalJson
  readonly variants: readonly VariantJson[]
  readonly multipliers?: readonly MultiplierJson[]
  readonly source?: { readonly url: string; readonly checked: string; readonly note?: string }
}

export interface ModelJson {
  readonly provider: string
  readonly id: string
  readonly match: { readonly exact: readonly string[]; readonly dated?: string }
}

export interface ContractJson {
  readonly id: string
  readonly scope: Readonly<Partial<Record<ContractScope, string>>>
  readonly effective?: IntervalJson
  /** A fraction of the list price of tokens: "17/20" is 15 % off. */
  readonly tokens: string
  readonly capacity?: { readonly units: number; readonly usd_per_unit_hour: string }
  readonly note?: string
}

export const CONTRACT_SCOPES = ['tenant', 'provider', 'model', 'deployment'] as const
export type ContractScope = (typeof CONTRACT_SCOPES)[number]

/** Says what stands behind a name that a customer chose. */
export interface AliasJson {
  readonly tenant?: string
  readonly provider: string
  readonly deployment: string
  readonly model: string
  readonly deployment_type?: string
  readonly region_class?: string
}

export interface PriceBookJson {
  readonly $schema: 'price-book/v1'
  readonly book: {
    readonly id: string
    readonly version: string
    readonly currency: 'USD'
    readonly built_from?: readonly { readonly source: string; readonly version: string }[]
  }
  readonly models: readonly ModelJson[]
  readonly rules: readonly RuleJson[]
  readonly bucket_fallback: Readonly<Record<string, string>>
  readonly contracts?: readonly ContractJson[]
  readonly aliases?: readonly AliasJson[]
}

/**
 * Prices that stand above a book, in the form of a part of one. What it says of a name, a fallback or a deployment replaces what
 * the book says; its rules replace those of the same model for as long as they are in force, and the book's go on before and
 * after. A rule of a model that is in neither needs no entry in `models`: its id is its name.
 */
export type PriceOverlayJson = Partial<PriceBookJson>
