// Usage as Vercel's AI SDK reports it, in the four shapes that its versions had. Counts that a provider did not give are left
// out (or null, which is how NaN travels in JSON). The provider's own object, where it is there, is read instead: it alone
// knows the lifetime of cache writes, and what the SDK leaves out.
// https://github.com/vercel/ai/tree/main/packages/provider/src/language-model

import type { Outcome } from '../outcome.ts'
import { type DialectFigures, readDialect } from './dialect.ts'
import { NO_MODALITIES } from './split.ts'
import type { NormalisedUsage, UsageObject } from './types.ts'
import {
  count,
  finish,
  nullable,
  part,
  type Reading,
  rootNode,
  startReading,
  total,
  type UsageNode,
} from './usage-reader.ts'

/** Reads a provider's own object; undefined where its shape is none of that provider. */
export type ReadOwn = (usage: UsageObject, provider: string) => Outcome<NormalisedUsage> | undefined

/** Version 5 passes their net input through; from version 6 on the input includes the cache for everybody. */
const NET_IN_V5: ReadonlySet<string> = new Set(['anthropic', 'aws_bedrock'])

export const aiSdkNormaliser =
  (readOwn: ReadOwn) =>
  (usage: UsageObject, provider: string): Outcome<NormalisedUsage> => {
    const reading = startReading()
    const root = rootNode(usage)
    const raw = part(reading, root, 'raw')
    const own = raw && readOwn(raw.value, provider)
    if (own?.kind === 'ok') return own
    const { parts, ...figures } = figuresOf(reading, root, provider)
    const read = readDialect(figures)
    const { input, output } = read.tokens
    const agrees =
      (parts.noCache === undefined || parts.noCache === input) &&
      (parts.text === undefined || parts.text === output)
    return finish(reading, { ...read, consistent: read.consistent && agrees, units: {}, served: {} })
  }

interface SdkFigures extends DialectFigures {
  /** What the SDK itself says of the remainders, as a check. */
  readonly parts: { readonly noCache: number | undefined; readonly text: number | undefined }
}

const NONE = {
  cached: 0,
  written5m: 0,
  written1h: 0,
  reasoning: 0,
  by: NO_MODALITIES,
  outBy: NO_MODALITIES,
  net: 'never',
  parts: { noCache: undefined, text: undefined },
} as const

function figuresOf(reading: Reading, root: UsageNode, provider: string): SdkFigures {
  const usage = root.value
  if ('tokens' in usage) {
    return { ...NONE, input: count(reading, root, 'tokens'), output: 0, total: undefined }
  }
  const sum = total(reading, root, 'totalTokens')
  if ('promptTokens' in usage) {
    const input = count(reading, root, 'promptTokens')
    return { ...NONE, input, output: count(reading, root, 'completionTokens'), total: sum }
  }
  if (typeof usage['inputTokens'] === 'object' && usage['inputTokens'] !== null) {
    return nested(reading, root, sum)
  }
  const into = part(reading, root, 'inputTokenDetails')
  const out = part(reading, root, 'outputTokenDetails')
  return {
    ...NONE,
    input: count(reading, root, 'inputTokens'),
    output: count(reading, root, 'outputTokens'),
    total: sum,
    cached: nullable(reading, ...first([into, 'cacheReadTokens'], [root, 'cachedInputTokens'])),
    written5m: nullable(reading, into, 'cacheWriteTokens'),
    reasoning: nullable(reading, ...first([out, 'reasoningTokens'], [root, 'reasoningTokens'])),
    net: into ? 'never' : NET_IN_V5.has(provider) ? 'always' : 'if_larger',
    parts: {
      noCache: into && total(reading, into, 'noCacheTokens'),
      text: out && total(reading, out, 'textTokens'),
    },
  }
}

/** What models hand to the SDK since version 6: `{ inputTokens: { total, noCache, ... }, outputTokens: { ... } }`. */
function nested(reading: Reading, root: UsageNode, sum: number | undefined): SdkFigures {
  const into = part(reading, root, 'inputTokens')
  const out = part(reading, root, 'outputTokens') ?? { at: `${root.at}.outputTokens`, value: {} }
  const cached = nullable(reading, into, 'cacheRead')
  const written5m = nullable(reading, into, 'cacheWrite')
  const reasoning = nullable(reading, out, 'reasoning')
  const noCache = into && total(reading, into, 'noCache')
  const text = total(reading, out, 'text')
  return {
    ...NONE,
    // A whole that is left out is the sum of its parts, if the part that is always there is.
    input:
      noCache !== undefined && into?.value['total'] == null
        ? noCache + cached + written5m
        : whole(reading, into),
    output: text !== undefined && out.value['total'] == null ? text + reasoning : whole(reading, out),
    total: sum,
    cached,
    written5m,
    reasoning,
    parts: { noCache, text },
  }
}

const whole = (reading: Reading, node: UsageNode | undefined): number =>
  node ? count(reading, node, 'total') : 0

type Place = readonly [UsageNode | undefined, string]

const first = (place: Place, otherwise: Place): Place =>
  place[0]?.value[place[1]] == null ? otherwise : place
