// From the model name in a call to the names that a price book may know it by. The list of steps is closed and nothing
// is fuzzy: matching by prefix or substring is how others priced gpt-5.4-mini as gpt-5.

const PATH_PREFIX =
  /^(?:openai\/|models\/|(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/[^/]+\/models\/)/
const CONTEXT_SUFFIX = /\[1m\]$/
const VERTEX_DATE = /@(\d{8})$/
const FINE_TUNE = /^(ft:[^:]+):.*$/
const BEDROCK_GEO = /^(global|us|eu|apac|jp|au|us-gov)\./
const BEDROCK_VERSION = /(?:-v\d+:\d+|:0)$/

/**
 * The names to look up, in order, each exactly: as sent (trimmed, lower case), then without the decorations that name no
 * other model: `openai/`, `models/` and `publishers/x/models/` in front, Claude Code's `[1m]`, Vertex' `@20251001`
 * (which is `-20251001`), the owner of a fine-tune (`ft:gpt-4o-mini-2024-07-18:org::id` is `ft:gpt-4o-mini-2024-07-18`, never
 * the base model), and on Bedrock the ARN, the geography in front and `-v1:0` or `:0` behind.
 * A less changed name wins: `openai/gpt-oss-120b` is a name of its own at Groq, `titan-embed-text-v2:0` at Bedrock.
 */
export function modelNames(provider: string, name: string): readonly string[] {
  const sent = name.trim().toLowerCase()
  const plain = sent.replace(PATH_PREFIX, '').replace(CONTEXT_SUFFIX, '').replace(VERTEX_DATE, '-$1')
  if (provider !== 'aws_bedrock') return [...new Set([sent, plain, plain.replace(FINE_TUNE, '$1')])]
  const local = lastSegment(plain).replace(BEDROCK_GEO, '')
  return [...new Set([sent, plain, local, local.replace(BEDROCK_VERSION, '')])]
}

/** The name to show and group by where no price book knows the model: the most plain one of the list. */
export const plainModelName = (provider: string, name: string): string =>
  modelNames(provider, name).at(-1) ?? ''

/** Where a call was served, as far as the model's name says. */
export interface NamedPlace {
  /** Bedrock: `global`, `geo` (us., eu., ...) or `in_region` (the bare name). '' where names do not say. */
  readonly regionClass: string
  /** The geography of `geo`: "us". */
  readonly geo: string
}

/** Where Bedrock serves a model from, as its name says. Regional capacity costs more than global. */
export function placeOf(provider: string, name: string): NamedPlace {
  if (provider !== 'aws_bedrock') return { regionClass: '', geo: '' }
  const geo = BEDROCK_GEO.exec(lastSegment(name.trim().toLowerCase()))?.[1]
  if (geo === undefined) return { regionClass: 'in_region', geo: '' }
  return geo === 'global' ? { regionClass: 'global', geo: '' } : { regionClass: 'geo', geo }
}

const BEDROCK_OWN_MODEL =
  /^arn:[^:]*:bedrock:.*:(?:application-inference-profile|provisioned-model|custom-model|custom-model-deployment|imported-model)\//
const VERTEX_ENDPOINT = /(?:^|\/)endpoints\//

/**
 * Whether a name is one that a customer chose or was given for a deployment, so that only an alias can say which model stands
 * behind it. At Azure every name may be.
 */
export function isDeploymentName(provider: string, name: string): boolean {
  const sent = name.trim().toLowerCase()
  if (provider === 'azure_openai') return true
  if (provider === 'aws_bedrock') return BEDROCK_OWN_MODEL.test(sent)
  return provider === 'gcp_vertex' && VERTEX_ENDPOINT.test(sent)
}

const lastSegment = (name: string): string =>
  name.startsWith('arn:') ? name.slice(name.lastIndexOf('/') + 1) : name
