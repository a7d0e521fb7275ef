// Voyage's usage is one number, which for an embedding or a rerank is all input. https://docs.voyageai.com/docs/pricing

import type { Outcome } from '../outcome.ts'
import { noTokens } from '../tokens.ts'
import type { NormalisedUsage, UsageObject } from './types.ts'
import { count, finish, rootNode, startReading } from './usage-reader.ts'

export function normaliseVoyage(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const input = count(reading, rootNode(usage), 'total_tokens')
  return finish(reading, {
    tokens: { ...noTokens(), input },
    units: {},
    totalReported: input,
    consistent: true,
    served: {},
  })
}
