// The figures that frameworks report for every provider alike (AI SDK, LangChain, LiteLLM, OpenTelemetry), taken apart. Their
// input should include what was cached; who passes Anthropic's figures through reports it net. The total tells which,
// and reading one for the other bills the cache twice or not at all.

import { allTokens, type Modalities, splitInput, splitOutput } from './split.ts'
import type { NormalisedUsage } from './types.ts'
import { nullable, type Reading, type UsageNode } from './usage-reader.ts'

export interface DialectFigures {
  readonly input: number
  readonly output: number
  readonly total: number | undefined
  readonly cached: number
  readonly written5m: number
  readonly written1h: number
  readonly reasoning: number
  readonly by: Modalities
  readonly outBy: Modalities
  /**
   * Whether the input may lie beside the cache. never: the dialect's own code adds it. if_larger: where the total says so
   * or, without one that does, where the cache is larger than the input. always: this source is known to report it so.
   */
  readonly net: 'never' | 'if_larger' | 'always'
}

type Read = Pick<NormalisedUsage, 'tokens' | 'totalReported' | 'consistent'>

/** Disjoint buckets; not consistent where no reading of the figures fits the total. */
export function readDialect(figures: DialectFigures): Read {
  const { input, output, total, cached, written5m, written1h, reasoning } = figures
  const written = written5m + written1h
  const cache = cached + written
  const { isNet, beside } = readingOf(figures, cache)
  const into = splitInput(isNet ? input + cache : input, cached, written, figures.by, undefined)
  const out = splitOutput(output, reasoning, !beside, figures.outBy)
  const sum = input + (isNet ? cache : 0) + output + (beside ? reasoning : 0)
  // Who passes a net input through adds the total up without the cache, too.
  const leftOut = isNet && total === sum - cache
  return {
    tokens: allTokens(into, out, written5m, written1h),
    totalReported: leftOut ? null : (total ?? null),
    consistent: into.consistent && out.consistent && (total === undefined || total === sum || leftOut),
  }
}

/** The usual reading first: cache inside the input, reasoning inside the output. */
function readingOf(figures: DialectFigures, cache: number): { isNet: boolean; beside: boolean } {
  const { input, output, total, reasoning, net } = figures
  const fits = (isNet: boolean, beside: boolean) =>
    total === input + output + (isNet ? cache : 0) + (beside ? reasoning : 0)
  const mayBeNet = net !== 'never' && cache > 0
  const mustBeNet = mayBeNet && (net === 'always' || cache > input)
  const isNet =
    mustBeNet ||
    (mayBeNet && !fits(false, false) && !fits(false, true) && (fits(true, false) || fits(true, true)))
  const beside =
    reasoning > 0 &&
    !fits(isNet, false) &&
    (fits(isNet, true) || (isNet && !fits(false, false) && fits(false, true)))
  return { isNet, beside }
}

/** Audio, images and video of a details object, under the names of the dialect. */
export const modalitiesOf = (
  reading: Reading,
  details: UsageNode | undefined,
  suffix: '' | '_tokens',
): Modalities => ({
  audio: nullable(reading, details, `audio${suffix}`),
  image: nullable(reading, details, `image${suffix}`),
  video: nullable(reading, details, `video${suffix}`),
})

/**
 * Cache writes by lifetime. A split that is smaller than the whole leaves the rest at five minutes; without a whole the
 * split is all there is. What is larger than its whole contradicts it.
 */
export function writesOf(
  whole: number,
  named5m: number,
  named1h: number,
): { written5m: number; written1h: number; consistent: boolean } {
  const named = named5m + named1h
  if (whole > 0 && named > whole) return { written5m: whole, written1h: 0, consistent: false }
  return { written5m: Math.max(whole, named) - named1h, written1h: named1h, consistent: true }
}
