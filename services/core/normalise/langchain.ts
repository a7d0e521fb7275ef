// LangChain's `usage_metadata`, in Python and JavaScript. Input includes what was cached, output includes reasoning, for every
// provider; `cache_creation` is 0 where its split by lifetime stands beside it. Details may be null.
// https://reference.langchain.com/python/langchain-core/messages/ai/UsageMetadata

import type { Outcome } from '../outcome.ts'
import { modalitiesOf, readDialect, writesOf } from './dialect.ts'
import type { NormalisedUsage, UsageObject } from './types.ts'
import { count, finish, nullable, part, rootNode, startReading, total } from './usage-reader.ts'

/** Of a tier other than the ordinary one, OpenAI's integration puts the tier before the names of the details. */
const TIERS = ['priority', 'flex'] as const

export function normaliseLangchain(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const root = rootNode(usage)
  const into = part(reading, root, 'input_token_details')
  const out = part(reading, root, 'output_token_details')
  const tier = TIERS.find(name => [into, out].some(node => node?.value[name] != null))
  const either = (node: typeof into, name: string) =>
    nullable(reading, node, name) + (tier ? nullable(reading, node, `${tier}_${name}`) : 0)
  const writes = writesOf(
    either(into, 'cache_creation'),
    nullable(reading, into, 'ephemeral_5m_input_tokens'),
    nullable(reading, into, 'ephemeral_1h_input_tokens') ||
      nullable(reading, into, 'ephemeral_1hr_input_tokens'),
  )
  const read = readDialect({
    input: count(reading, root, 'input_tokens'),
    output: count(reading, root, 'output_tokens'),
    total: total(reading, root, 'total_tokens'),
    cached: either(into, 'cache_read'),
    written5m: writes.written5m,
    written1h: writes.written1h,
    reasoning: either(out, 'reasoning'),
    by: modalitiesOf(reading, into, ''),
    outBy: modalitiesOf(reading, out, ''),
    net: 'if_larger',
  })
  return finish(reading, {
    ...read,
    consistent: read.consistent && writes.consistent,
    units: {},
    served: tier ? { service_tier: tier } : {},
  })
}
