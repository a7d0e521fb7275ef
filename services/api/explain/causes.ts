// What a factor did, in a few words about the model that pushed most in its direction. A model that did the opposite would send
// people after the wrong one.

import { type Amounts, inputTokens, type ModelAmounts, TOKEN_KINDS } from '#core/explain/amounts.ts'
import { type Decomposition, FACTORS, type Factor, type Part } from '#core/explain/decompose.ts'
import { roundHalfEven } from '#core/money.ts'
import type { Fraction } from '#core/money-fraction.ts'
import { grouped, mean, percent, valueText } from './words.ts'

export type Cause = Exclude<Part, 'new'>

type Parts = Pick<Decomposition, 'change' | 'parts'>

/** The part that pushed most in the direction of the change; undefined where nothing changed or all is new. */
export const mainCause = ({ change, parts }: Parts): Cause | undefined =>
  mostOf(parts, change < 0n ? -1n : 1n)

/** The part that pushed most against it, if any did. */
export const mainOffset = ({ change, parts }: Parts): Cause | undefined =>
  mostOf(parts, change < 0n ? 1n : -1n)

function mostOf(parts: Decomposition['parts'], sign: bigint): Cause | undefined {
  const [first] = [...FACTORS, 'other' as const].toSorted((a, b) => {
    const [x, y] = [parts[a] * sign, parts[b] * sign]
    return x === y ? 0 : x > y ? -1 : 1
  })
  return first && parts[first] * sign > 0n ? first : undefined
}

export interface Described {
  readonly models: readonly ModelAmounts[]
  readonly scale: Fraction
  readonly found: Decomposition
  /** Whether calls without a price are left out: then not all calls are counted. */
  readonly hasUnpriced: boolean
}

/** Completes "Mix explains $290.45: ...". */
export function causeWords(part: Cause, described: Described): string {
  const { models, found } = described
  if (part === 'other') return 'it is not priced by tokens'
  if (part === 'volume') return volumeWords(described)
  if (part === 'mix') return mixWords(described)
  const dearer = found.parts[part] > 0n
  const model = found.leading[part]
  return (model && WORDS[part](model, nameIn(models, model), dearer)) ?? GENERAL[part](dearer)
}

/** With its provider where another model has the same name. */
function nameIn(models: readonly ModelAmounts[], { provider, model }: ModelAmounts): string {
  const isUnique = models.filter(other => other.model === model).length < 2
  return isUnique ? valueText(model) : `${valueText(model)} of ${valueText(provider)}`
}

const sumOf = (models: readonly ModelAmounts[], period: 'current' | 'baseline'): bigint =>
  models.reduce((sum, model) => sum + model[period].calls, 0n)

function volumeWords({ models, scale, hasUnpriced }: Described): string {
  const before = roundHalfEven(sumOf(models, 'baseline') * scale.n, scale.d)
  const what = hasUnpriced ? 'calls with a price' : 'calls'
  return `${what} went from ${grouped(before)} to ${grouped(sumOf(models, 'current'))}`
}

/** The model that pushed most, and the one that gave most calls to it or took most of them. */
function mixWords({ models, found }: Described): string {
  const [now, then] = [sumOf(models, 'current'), sumOf(models, 'baseline')]
  const gain = ({ current, baseline }: ModelAmounts): bigint => current.calls * then - baseline.calls * now
  const sorted = models.toSorted((a, b) => (gain(a) === gain(b) ? 0 : gain(a) > gain(b) ? -1 : 1))
  const { leading, parts } = found
  const [gainer, loser] = parts.mix > 0n ? [leading.mix, sorted.at(-1)] : [sorted[0], leading.mix]
  if (!gainer || !loser || gainer === loser) return 'calls moved between models'
  const share = (model: ModelAmounts): string =>
    `${percent(model.baseline.calls, then)} to ${percent(model.current.calls, now)} of calls`
  return `${nameIn(models, gainer)} took calls of ${nameIn(models, loser)} (${share(gainer)})`
}

type OfModel = Exclude<Factor, 'volume' | 'mix'>

const both = ({ current, baseline }: ModelAmounts): boolean => current.calls > 0n && baseline.calls > 0n

/** About one model; undefined where its figures do not show it. */
type Words = (model: ModelAmounts, name: string, dearer: boolean) => string | undefined

const perCall =
  (what: string, of: (amounts: Amounts) => bigint): Words =>
  (model, name) => {
    const { current, baseline } = model
    if (!both(model)) return undefined
    const [before, now] = [mean(of(baseline), baseline.calls), mean(of(current), current.calls)]
    return before === now ? undefined : `${what} of ${name} went from ${before} to ${now} tokens a call`
  }

const WORDS: Readonly<Record<OfModel, Words>> = {
  input: perCall('prompts', inputTokens),
  output: perCall('answers', ({ tokens }) => tokens.output),
  cache(model, name, dearer) {
    if (!both(model)) return undefined
    const { current, baseline } = model
    const [before, now] = [hits(baseline), hits(current)]
    // More may be written to a cache than is saved by reading from it.
    const fell =
      current.tokens.cacheRead * inputTokens(baseline) < baseline.tokens.cacheRead * inputTokens(current)
    if (before === now || fell !== dearer) return undefined
    return `cache hits of ${name} went from ${before} to ${now} of input tokens`
  },
  price: (model, name, dearer) =>
    `${dearer ? 'more' : 'less'} is paid for tokens of ${name}${priceWords(model, dearer)}`,
}

const hits = (amounts: Amounts): string => percent(amounts.tokens.cacheRead, inputTokens(amounts))

/** By how much the same tokens cost more or less; nothing where kinds of tokens have no price in both periods. */
function priceWords({ current, baseline }: ModelAmounts, dearer: boolean): string {
  const kinds = TOKEN_KINDS.filter(kind => current.tokens[kind] > 0n && baseline.tokens[kind] > 0n)
  const now = kinds.reduce((sum, kind) => sum + current.cost[kind], 0n)
  const then = kinds.reduce(
    (sum, kind) => sum + (baseline.cost[kind] * current.tokens[kind]) / baseline.tokens[kind],
    0n,
  )
  const difference = dearer ? now - then : then - now
  return then > 0n && difference > 0n ? ` (${percent(difference, then)})` : ''
}

const GENERAL: Readonly<Record<OfModel, (dearer: boolean) => string>> = {
  input: dearer => `prompts have become ${dearer ? 'longer' : 'shorter'}`,
  output: dearer => `answers have become ${dearer ? 'longer' : 'shorter'}`,
  cache: dearer => `caching saves ${dearer ? 'less' : 'more'} than before`,
  price: dearer => `${dearer ? 'more' : 'less'} is paid for the same tokens`,
}
