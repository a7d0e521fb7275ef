// Perplexity's usage: searches and citations are billed beside the tokens, and the bill comes with the answer.
// https://docs.perplexity.ai/getting-started/pricing

import { decimal, nullable, part, type Reading, type UsageNode, unitsOf } from './usage-reader.ts'
import { type Extras, withExtras } from './with-cost.ts'

export const normalisePerplexity = withExtras('perplexity', readExtras)

function readExtras(reading: Reading, root: UsageNode): Extras {
  return {
    cost: decimal(reading, part(reading, root, 'cost'), 'total_cost'),
    units: unitsOf({
      web_search: nullable(reading, root, 'num_search_queries'),
      citation_token: nullable(reading, root, 'citation_tokens'),
    }),
  }
}
