// How a call was served, in Anthropic's words, which LiteLLM passes on.

import type { Served } from './types.ts'
import { type Reading, type UsageNode, word } from './usage-reader.ts'

/** `service_tier: batch` is the only sign of a batch in a usage object; the other words are kept as they are. */
export function readServed(reading: Reading, root: UsageNode): Served {
  const served: Served = {}
  const tier = word(reading, root, 'service_tier')
  const speed = word(reading, root, 'speed')
  const geo = word(reading, root, 'inference_geo')
  if (tier !== '') served.service_tier = tier
  if (tier === 'batch') served.batch = true
  if (speed !== '') served.speed = speed
  if (geo !== '') served.inference_geo = geo
  return served
}
