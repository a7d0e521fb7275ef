// OpenRouter's usage. `cost` is its bill; with a key of one's own (BYOK) that is its fee only, and what the provider
// upstream charges comes on top. In snake_case as the API writes it, in camelCase as its TypeScript SDK does.
// https://openrouter.ai/docs/use-cases/usage-accounting

import { addDecimals } from '../decimal-text.ts'
import { decimal, nullable, part, type Reading, type UsageNode, unitsOf } from './usage-reader.ts'
import { type Extras, withExtras } from './with-cost.ts'

export const normaliseOpenrouter = withExtras('openrouter', readExtras)

function readExtras(reading: Reading, root: UsageNode): Extras {
  const byok = root.value['is_byok'] === true || root.value['isByok'] === true
  const details = part(reading, root, 'cost_details') ?? part(reading, root, 'costDetails')
  const cost = decimal(reading, root, 'cost')
  const upstream =
    decimal(reading, details, 'upstream_inference_cost') || decimal(reading, details, 'upstreamInferenceCost')
  const tools = part(reading, root, 'server_tool_use')
  return {
    // A fee without what it is a fee on is not the cost of the call.
    cost: !byok ? cost : cost === '' || upstream === '' ? '' : addDecimals(cost, upstream),
    units: unitsOf({ web_search: nullable(reading, tools, 'web_search_requests') }),
    served: byok ? { is_byok: true } : {},
  }
}
