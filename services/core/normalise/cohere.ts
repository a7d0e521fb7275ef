// Cohere's usage. It counts twice: `tokens` is what the model saw, template included, and `billed_units` is what is paid.
// Only the latter is billed; Rerank is paid by the search, Classify by the item. https://docs.cohere.com/reference/chat

import type { Outcome } from '../outcome.ts'
import { noTokens } from '../tokens.ts'
import type { NormalisedUsage, UsageObject } from './types.ts'
import { count, finish, nullable, part, rootNode, startReading, unitsOf } from './usage-reader.ts'

const SNAKE = {
  billed: 'billed_units',
  input: 'input_tokens',
  output: 'output_tokens',
  images: 'images',
  imageTokens: 'image_tokens',
  searches: 'search_units',
  classifications: 'classifications',
  cached: 'cached_tokens',
} as const

/** As the TypeScript SDK writes them. */
const CAMEL: Readonly<Record<keyof typeof SNAKE, string>> = {
  billed: 'billedUnits',
  input: 'inputTokens',
  output: 'outputTokens',
  images: 'images',
  imageTokens: 'imageTokens',
  searches: 'searchUnits',
  classifications: 'classifications',
  cached: 'cachedTokens',
}

export function normaliseCohere(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const root = rootNode(usage)
  const billed = part(reading, root, SNAKE.billed) ?? part(reading, root, CAMEL.billed)
  const node = billed ?? part(reading, root, 'tokens')
  const isCamel = CAMEL.billed in usage || CAMEL.cached in usage || CAMEL.input in (node?.value ?? {})
  const names = isCamel ? CAMEL : SNAKE
  // Neither object: nothing was reported that could be billed.
  if (node === undefined) count(reading, root, names.billed)
  const input = nullable(reading, node, names.input)
  const cached = nullable(reading, root, names.cached)
  const consistent = cached <= input
  return finish(reading, {
    tokens: {
      ...noTokens(),
      input: consistent ? input - cached : input,
      cache_read: cached,
      output: nullable(reading, node, names.output),
      input_image: nullable(reading, node, names.imageTokens),
    },
    units: unitsOf({
      rerank_search: nullable(reading, node, names.searches),
      classification: nullable(reading, node, names.classifications),
      image_in: nullable(reading, node, names.images),
    }),
    totalReported: null,
    consistent,
    served: {},
  })
}
