// What the lint says of a price book, and how it writes the figures it is about. A finding that does not name both the
// figure and what was expected sends its reader back to the book to guess.

import type { Fraction } from '../money-fraction.ts'
import type { RuleJson } from '../price-book-json.ts'
import { isTokenBucket } from '../tokens.ts'
import type { ExactRates, RuleSheet } from './rule-sheets.ts'

/** Something that looks wrong, before anybody has said how much it matters. */
export interface LintIssue {
  /** The name of the lint rule: "cache-read". */
  readonly rule: string
  /** "provider/model"; '' where the complaint is about no single model. */
  readonly model: string
  readonly path: string
  readonly message: string
}

export interface LintFinding extends LintIssue {
  readonly severity: 'error' | 'warning' | 'info'
}

/** A rule of the book together with its sheets. */
export interface LintedRule {
  readonly rule: RuleJson
  /** "provider/model" */
  readonly model: string
  readonly sheets: readonly RuleSheet[]
}

/** a / b; undefined unless both are prices: what is free has no ratio to anything. Not in lowest terms. */
export function ratioOf(a: Fraction | undefined, b: Fraction | undefined): Fraction | undefined {
  return a === undefined || b === undefined || a.n === 0n || b.n === 0n
    ? undefined
    : { n: a.n * b.d, d: a.d * b.n }
}

export const isAtLeast = (a: Fraction, b: Fraction): boolean => a.n * b.d >= b.n * a.d

/** Both ends included. */
export const isWithin = (ratio: Fraction, low: Fraction, high: Fraction): boolean =>
  isAtLeast(ratio, low) && isAtLeast(high, ratio)

/** "0.1x" */
export const showRatio = ({ n, d }: Fraction): string => `${Number((Number(n) / Number(d)).toPrecision(4))}x`

/** "cache_read 0.5/Mtok", or "web_search 0.01 each" for a unit. */
export function showRate(rates: ExactRates, name: string): string {
  const usd = rates.get(name)
  return usd === undefined ? `${name} without a price` : `${name} ${showUsd(name, usd)}`
}

/** "0.5/Mtok" for a bucket, "0.01 each" for a unit. */
export function showUsd(name: string, usd: Fraction): string {
  const [size, unit] = isTokenBucket(name) ? [1_000_000n, '/Mtok'] : [1n, ' each']
  return `${Number((Number(usd.n * size) / Number(usd.d)).toPrecision(12))}${unit}`
}
