// Which model at which provider an entry of LiteLLM's price map is about. Its keys mix routes, regions, sizes and terms of
// contract into one name; a part that is taken for the model's name makes a price that no call ever finds.

import { canonicalProvider } from '../providers.ts'

export interface EntryName {
  readonly provider: string
  readonly id: string
  /** The region of Bedrock or the zone of Azure that the entry is about; '' for the ordinary one. */
  readonly place: string
}

/** The map's words for a provider that are a route or a family of models there. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^vertex_ai(?:[-_].+)?$/, 'gcp_vertex'],
  [/^bedrock_.+$/, 'aws_bedrock'],
  [/^(?:text-completion-)?codestral$/, 'mistral'],
  [/^fireworks_ai-.+$/, 'fireworks'],
]

const SIZE = /(?:^|\/)(?:\d+-x-\d+|(?:low|medium|high|standard|hd)\/\d+-x-\d+|(?:\d+|max)-steps)(?:\/|$)/
const COMMITMENT = /\d+-month-commitment\//
const BEDROCK_PLACE = /^([a-z]{2}(?:-[a-z]+)+-\d)\/(.+)$/
const BEDROCK_ROUTE = /^(?:invoke|converse|converse_like)\//
const AZURE_PLACE = /^(eu|us|global|global-standard)\/(.+)$/
const VERTEX_DATE = /@(\d{8})$/

function providerOf(word: string): string {
  const family = FAMILIES.find(([pattern]) => pattern.test(word))?.[1]
  return family ?? canonicalProvider(word)
}

/** The name behind a key, or why there is none. */
export function entryName(key: string, litellmProvider: string): EntryName | { readonly reason: string } {
  if (SIZE.test(key)) return { reason: 'its price depends on the size of the image' }
  if (COMMITMENT.test(key)) return { reason: 'capacity is paid by the hour, not by the token' }
  const provider = providerOf(litellmProvider)
  const [first = '', ...rest] = key.split('/')
  const plain = rest.length > 0 && providerOf(first) === provider ? rest.join('/') : key
  if (provider === 'aws_bedrock') {
    const local = plain.replace(BEDROCK_ROUTE, '')
    const [, place = '', id = local] = BEDROCK_PLACE.exec(local) ?? []
    return { provider, id, place }
  }
  if (provider === 'azure_openai') {
    const [, place = '', id = plain] = AZURE_PLACE.exec(plain) ?? []
    return { provider, id, place }
  }
  return { provider, id: provider === 'gcp_vertex' ? plain.replace(VERTEX_DATE, '-$1') : plain, place: '' }
}

const SNAPSHOT = /^(.+?)[-@](?:\d{4}-\d{2}-\d{2}|\d{8})$/

/** The key of the alias that a dated snapshot has: `gpt-4o` of `gpt-4o-2024-08-06`. */
export const aliasOf = (key: string): string | undefined => SNAPSHOT.exec(key)?.[1]
