// From the model name in a call to the names that a price book may know it by. The list of steps is closed and nothing
// is fuzzy: matching by prefix or substring is how others priced gpt-5.4-mini as gpt-5.

const PATH_PREFIX = /^(?:openai\/|models\/|publishers\/[^/]+\/models\/)/
const CONTEXT_SUFFIX = /\[1m\]$/
const VERTEX_DATE = /@(\d{8})$/
const BEDROCK_GEO = /^(global|us|eu|apac|jp|au|us-gov)\./
const BEDROCK_VERSION = /(?:-v\d+:\d+|:0)$/

/**
 * The names to look up, in order, each exactly: as sent (trimmed, lower case), then without the decorations that name no
 * other model: `openai/`, `models/` and `publishers/x/models/` in front, Claude Code's `[1m]`, Vertex' `@20251001`
 * (which is `-20251001`), and on Bedrock the ARN, the geography in front and `-v1:0` or `:0` behind.
 * A less changed name wins: `openai/gpt-oss-120b` is a name of its own at Groq, `titan-embed-text-v2:0` at Bedrock.
 */
export function modelNames(provider: string, name: string): readonly string[] {
  const sent = name.trim().toLowerCase()
  const plain = sent.replace(PATH_PREFIX, '').replace(CONTEXT_SUFFIX, '').replace(VERTEX_DATE, '-$1')
  if (provider !== 'aws_bedrock') return [...new Set([sent, plain])]
  const local = lastSegment(plain).replace(BEDROCK_GEO, '')
  return [...new Set([sent, plain, local, local.replace(BEDROCK_VERSION, '')])]
}

/** The name to show and group by where no price book knows the model: the most plain one of the list. */
export const plainModelName = (provider: string, name: string): string =>
  modelNames(provider, name).at(-1) ?? ''

/**
 * Where Bedrock serves a model from, as its name says: `global`, `geo` (us., eu., ...) or `in_region` (the bare name).
 * Regional capacity costs more than global. Empty for other providers.
 */
export function regionClassOf(provider: string, name: string): string {
  if (provider !== 'aws_bedrock') return ''
  const geo = BEDROCK_GEO.exec(lastSegment(name.trim().toLowerCase()))?.[1]
  if (geo === undefined) return 'in_region'
  return geo === 'global' ? 'global' : 'geo'
}

const lastSegment = (name: string): string =>
  name.startsWith('arn:') ? name.slice(name.lastIndexOf('/') + 1) : name
