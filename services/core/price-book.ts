// The compiled price book: which rate applied to which model, when and under which conditions. An event is priced with
// the rules of its own time, so a change of price closes one rule and adds another; it never edits one.

import type { Fraction } from './money-fraction.ts'
import { checkBook, checkOverlay } from './price-book-check.ts'
import { compileChecked } from './price-book-compile.ts'
import { contradictions } from './price-book-contradictions.ts'
import type { ContractJson, PriceBookJson, PriceOverlayJson, RuleJson } from './price-book-json.ts'
import { mergeOverlay } from './price-book-overlay.ts'
import type { CallPlace, Matcher } from './price-conditions.ts'
import type { TokenBucket } from './tokens.ts'

/** An exact rate: picodollars for one token or unit are numerator / denominator of the rule. */
export interface Rate {
  readonly numerator: bigint
  /** As the book writes it, for explanations. */
  readonly text: string
}

export interface RateSheet {
  /** A bucket without a rate is refused when it is not empty. */
  readonly tokens: Readonly<Partial<Record<TokenBucket, Rate>>>
  readonly units: ReadonlyMap<string, Rate>
}

export interface ContextTier {
  /** "input_total>272000" */
  readonly id: string
  /** The tier holds for more input tokens than this. */
  readonly above: number
  readonly sheet: RateSheet
}

export interface Variant {
  readonly id: string
  readonly matches: Matcher
  readonly sheet: RateSheet
  /** Highest threshold first. */
  readonly tiers: readonly ContextTier[]
}

export interface Multiplier {
  readonly id: string
  readonly matches: Matcher
  readonly factor: Fraction
}

/** Refuses a way of serving that a rule says nothing about. */
export interface Guard {
  /** Completes "no_rate:". */
  readonly dimension: string
  readonly accepts: Matcher
}

export interface Rule {
  readonly id: string
  /** ms, from <= t < to */
  readonly from: number
  readonly to: number
  /** Common to all rates of the rule, so that pricing adds integers. */
  readonly denominator: bigint
  /** Most clauses first: the first that matches is the one. The last has none. */
  readonly variants: readonly Variant[]
  readonly multipliers: readonly Multiplier[]
  /** How a call may have been served for this rule to have a price for it. */
  readonly guards: readonly Guard[]
  readonly json: RuleJson
}

export interface Model {
  readonly provider: string
  readonly id: string
  /** Compiled when first asked for: a book has many more models than a company uses. */
  readonly rules: readonly Rule[]
}

/** A model as one call reached it. */
export interface Target extends CallPlace {
  readonly model: Model
  /** The name that was found: the model's id, another name of it, or a dated snapshot. */
  readonly name: string
}

export interface Contract {
  readonly id: string
  readonly scope: ContractJson['scope']
  readonly from: number
  readonly to: number
  readonly factor: Fraction
}

export interface PriceBook {
  /** SHA-256 (hex) of the book's canonical JSON: the `price_book_version` of what it priced. */
  readonly hash: string
  readonly json: PriceBookJson
  readonly models: readonly Model[]
  /** The model behind a name, exactly or as a dated snapshot; undefined if the book does not know it. */
  find(provider: string, name: string): Target | undefined
  /** What a tenant's alias says about a deployment. */
  alias(tenant: string, provider: string, deployment: string): Target | undefined
  /** Rules that price units whatever the model: those of the provider first, then those of every provider. */
  unitRules(provider: string): readonly Rule[]
  /** Most specific first. */
  readonly contracts: readonly Contract[]
}

export type CompiledBook =
  | { readonly kind: 'ok'; readonly book: PriceBook }
  | { readonly kind: 'complaints'; readonly complaints: readonly string[] }

/**
 * Checks a book completely and compiles it. A book with any fault is not used: all complaints come at once, each as
 * "path: what is wrong".
 */
export function compileBook(json: unknown): CompiledBook {
  const complaints = checkBook(json)
  return complaints.length > 0 ? { kind: 'complaints', complaints } : compileShaped(json as PriceBookJson)
}

/**
 * A book with an overlay on top, checked and compiled as one. Complaints about models and rules name their places in the
 * overlay, whose entries stand first.
 */
export function compileWithOverlay(base: PriceBookJson, overlay: unknown): CompiledBook {
  const complaints = checkOverlay(overlay)
  if (complaints.length > 0) return { kind: 'complaints', complaints }
  return compileShaped(mergeOverlay(base, overlay as PriceOverlayJson))
}

function compileShaped(json: PriceBookJson): CompiledBook {
  const complaints = contradictions(json)
  return complaints.length > 0
    ? { kind: 'complaints', complaints }
    : { kind: 'ok', book: compileChecked(json) }
}
