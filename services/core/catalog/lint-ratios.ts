// What rates of one rule have to do with one another: providers derive nearly all of them from the price of input. A rate
// out of proportion is usually one that was typed into the wrong field or with the wrong number of zeros.

import { type Fraction, parseFraction } from '../money-fraction.ts'
import { clauseCount, type WhenJson } from '../price-conditions.ts'
import { isTokenBucket } from '../tokens.ts'
import {
  isAtLeast,
  isWithin,
  type LintedRule,
  type LintIssue,
  ratioOf,
  showRate,
  showRatio,
} from './lint-finding.ts'
import { type ExactRates, ordinarySheet, type RuleSheet, rulePath } from './rule-sheets.ts'

const of = (n: bigint, d = 1n): Fraction => ({ n, d })
const equals = (ratio: Fraction, wanted: Fraction): boolean => isWithin(ratio, wanted, wanted)

/** Every issue with the rates of one rule. */
export function ratioIssues(linted: LintedRule): LintIssue[] {
  const { rule, model, sheets } = linted
  const kind = modelKind(rule.model)
  const own = sheets.filter(({ variant }) => variant.scale === undefined)
  const found: Problem[] = [
    ...own.filter(({ above }) => above === 0).flatMap(sheet => missingPrices(sheet, kind)),
    ...own.flatMap(sheet => proportions(sheet, kind)),
    ...(/claude/.test(model) ? own.flatMap(missingHourWrite) : []),
    ...own.flatMap(sheet => contextProblems(sheet, own, rule.provider)),
    ...sheets.flatMap(sheet => modeProblems(sheet, sheets, rule.provider)),
    ...(rule.multipliers ?? []).flatMap(({ id, when, tokens }) => {
      const mode = modeOf(when)
      const factor = parseFraction(tokens)
      if (mode === undefined || factor === undefined || mode.holds(factor)) return []
      const path = `${rulePath(rule)}.multipliers[${id}]`
      return [{ rule: mode.rule, path, message: `${tokens} where ${mode.expected} is expected` }]
    }),
  ]
  return found.map(problem => ({ model, ...problem }))
}

type Problem = Omit<LintIssue, 'model'>
type ModelKind = 'chat' | 'embedding' | 'media'

const EMBEDDING = /embed|rerank|moderation|voyage|(^|[^a-z])(bge|gte|e5|ada)([^a-z]|$)/
const MEDIA =
  /audio|realtime|sonic|tts|transcribe|whisper|speech|image|video|(^|[^a-z])(live|sora|veo)([^a-z]|$)/

/**
 * By the name of the model, since the rates are what is in doubt. Embeddings and rerankers put out no tokens; models for
 * sound and images may have a price for those instead of text. Everything else is taken to read and write text.
 */
function modelKind(name: string): ModelKind {
  const lower = name.toLowerCase()
  return EMBEDDING.test(lower) ? 'embedding' : MEDIA.test(lower) ? 'media' : 'chat'
}

const IN = ['input', 'input_audio', 'input_image', 'input_video']
const OUT = ['output', 'output_audio', 'output_image']

/** A variant without any price for tokens is one for units alone (searches, pages, seconds): that is no omission. */
function missingPrices({ rates, refused, path }: RuleSheet, kind: ModelKind): Problem[] {
  const names = [...rates.keys(), ...refused]
  if (kind === 'embedding' || (names.length > 0 && !names.some(isTokenBucket))) return []
  const unitOut = kind === 'media' && names.some(name => !isTokenBucket(name))
  const sides = kind === 'chat' ? [['input'], ['output']] : unitOut ? [IN] : [IN, OUT]
  return sides
    .filter(side => !side.some(name => names.includes(name)))
    .map(side => ({
      rule: 'missing-price',
      path: `${path}.rates`,
      message: `no price for ${side.join(' or ')}; priced are: ${names.join(', ') || 'none'}`,
    }))
}

interface Proportion {
  readonly rule: string
  readonly bucket: string
  readonly base: string
  readonly holds: (ratio: Fraction) => boolean
  readonly expected: string
}

const INPUT_PROPORTIONS: readonly Proportion[] = [
  {
    rule: 'cache-write',
    bucket: 'cache_write_5m',
    base: 'input',
    holds: ratio => equals(ratio, of(5n, 4n)) || equals(ratio, of(1n)),
    expected: '1.25x or 1x',
  },
  {
    rule: 'cache-write-1h',
    bucket: 'cache_write_1h',
    base: 'input',
    holds: ratio => equals(ratio, of(2n)),
    expected: '2x',
  },
  {
    rule: 'cache-read',
    bucket: 'cache_read',
    base: 'input',
    holds: ratio => isWithin(ratio, of(1n, 50n), of(1n, 2n)),
    expected: '0.02x to 0.5x',
  },
  {
    rule: 'audio',
    bucket: 'input_audio',
    base: 'input',
    holds: ratio => isAtLeast(ratio, of(1n)),
    expected: '1x or more',
  },
  {
    rule: 'audio',
    bucket: 'output_audio',
    base: 'output',
    holds: ratio => isAtLeast(ratio, of(1n)),
    expected: '1x or more',
  },
]

const ALL_PROPORTIONS: readonly Proportion[] = [
  ...INPUT_PROPORTIONS,
  {
    rule: 'output',
    bucket: 'output',
    base: 'input',
    holds: ratio => isWithin(ratio, of(1n), of(12n)),
    expected: '1x to 12x',
  },
]

const proportions = ({ rates, path }: RuleSheet, kind: ModelKind): Problem[] =>
  (kind === 'embedding' ? INPUT_PROPORTIONS : ALL_PROPORTIONS).flatMap(
    ({ rule, bucket, base, holds, expected }) => {
      const ratio = ratioOf(rates.get(bucket), rates.get(base))
      if (ratio === undefined || holds(ratio)) return []
      const message = `${showRate(rates, bucket)} is ${showRatio(ratio)} ${showRate(rates, base)}; expected is ${expected}`
      return [{ rule, path: `${path}.rates.${bucket}`, message }]
    },
  )

/** https://platform.claude.com/docs/en/build-with-claude/prompt-caching: whoever writes for 5 minutes can for an hour. */
function missingHourWrite({ rates, refused, path }: RuleSheet): Problem[] {
  if (!rates.has('cache_write_5m') || rates.has('cache_write_1h') || refused.has('cache_write_1h')) return []
  const message = `${showRate(rates, 'cache_write_5m')}, but no price for cache_write_1h; expected is 2x input`
  return [{ rule: 'missing-cache-write-1h', path: `${path}.rates.cache_write_1h`, message }]
}

const THRESHOLDS: Readonly<Record<string, readonly number[]>> = {
  openai: [272_000],
  azure_openai: [272_000],
  google: [200_000],
  gcp_vertex: [200_000],
  anthropic: [200_000],
  xai: [200_000],
}
const KNOWN_THRESHOLDS = [128_000, 200_000, 256_000, 272_000, 512_000]

/** A long context makes the whole request dearer: everything that goes in twice, what comes out by half or twice. */
function contextProblems(sheet: RuleSheet, sheets: readonly RuleSheet[], provider: string): Problem[] {
  const { threshold, above, path } = sheet
  if (threshold === undefined) return []
  const expected = THRESHOLDS[provider] ?? KNOWN_THRESHOLDS
  const message = `long contexts begin at ${threshold} tokens; expected for ${provider} is ${expected.join(' or ')}`
  const base = sheets.find(({ variant, above }) => variant === sheet.variant && above === 0)
  const problems = comparedRates(sheet, base).flatMap(({ bucket, ratio, figures }) => {
    const out = OUT.includes(bucket) || bucket === 'reasoning'
    if (equals(ratio, of(2n)) || (out && equals(ratio, of(3n, 2n)))) return []
    const wanted = out ? '1.5x or 2x' : '2x'
    return [
      { rule: 'context-tier', path: `${path}.rates.${bucket}`, message: `${figures}; expected is ${wanted}` },
    ]
  })
  // More than 199,999 is another way to write at least 200,000.
  const known = expected.includes(threshold) || expected.includes(above + 1)
  return known ? problems : [{ rule: 'context-threshold', path, message }, ...problems]
}

interface Mode {
  readonly rule: string
  readonly holds: (ratio: Fraction) => boolean
  readonly expected: string
}

const HALF = { holds: (ratio: Fraction) => equals(ratio, of(1n, 2n)), expected: '0.5x' }
const DEARER = {
  holds: (ratio: Fraction) => isWithin(ratio, of(6n, 5n), of(3n)),
  expected: '1.2x to 3x',
}

/** The way of serving that a condition is about, if it has a usual price. */
function modeOf(when: WhenJson | undefined): Mode | undefined {
  const deployments = when?.deployment_type ?? []
  if (when?.batch === true || (deployments.length > 0 && deployments.every(name => name.endsWith('batch')))) {
    return { rule: 'batch', ...HALF }
  }
  if (when?.service_tier?.includes('flex')) return { rule: 'flex', ...HALF }
  const priority = when?.service_tier?.includes('priority') || when?.speed?.includes('fast')
  return priority ? { rule: 'priority', ...DEARER } : undefined
}

/** Cached input keeps its own discount in a batch. https://ai.google.dev/gemini-api/docs/pricing */
const READS_KEPT_IN_BATCH: ReadonlySet<string> = new Set(['google', 'gcp_vertex'])

/** Against the variant for the same place without batch, tier and speed; else against that for the ordinary call. */
function modeProblems(sheet: RuleSheet, sheets: readonly RuleSheet[], provider: string): Problem[] {
  const mode = modeOf(sheet.variant.when)
  if (mode === undefined) return []
  const keepsReads = mode.rule === 'batch' && READS_KEPT_IN_BATCH.has(provider)
  const place = placeOf(sheet.variant.when)
  const standard =
    sheets.find(
      ({ variant, above }) =>
        above === 0 && modeOf(variant.when) === undefined && placeOf(variant.when) === place,
    ) ?? ordinarySheet(sheets)
  const base =
    sheets.find(({ variant, above }) => variant === standard?.variant && above === sheet.above) ?? standard
  return comparedRates(sheet, base).flatMap(({ bucket, ratio, figures }) =>
    mode.holds(ratio) || (keepsReads && bucket.startsWith('cache_read') && equals(ratio, of(1n)))
      ? []
      : [
          {
            rule: mode.rule,
            path: `${sheet.path}.rates.${bucket}`,
            message: `${figures}; expected is ${mode.expected}`,
          },
        ],
  )
}

function placeOf(when: WhenJson | undefined): string {
  if (clauseCount(when) === 0) return '{}'
  const { batch: _batch, service_tier: _tier, speed: _speed, ...place } = when ?? {}
  return JSON.stringify(place)
}

/** The price of every bucket that both sheets have, in terms of that on the second. */
function comparedRates(
  sheet: RuleSheet,
  base: RuleSheet | undefined,
): { readonly bucket: string; readonly ratio: Fraction; readonly figures: string }[] {
  const against: ExactRates = base?.rates ?? new Map()
  return [...sheet.rates.keys()].filter(isTokenBucket).flatMap(bucket => {
    const ratio = ratioOf(sheet.rates.get(bucket), against.get(bucket))
    if (ratio === undefined) return []
    const standard = `${showRate(against, bucket)} of ${base?.variant.id}`
    return [{ bucket, ratio, figures: `${showRate(sheet.rates, bucket)} is ${showRatio(ratio)} ${standard}` }]
  })
}
