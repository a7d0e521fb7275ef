// DeepInfra adds an estimate of the cost to OpenAI's usage. It is kept for comparison and is not the bill.

import { decimal } from './usage-reader.ts'
import { withExtras } from './with-cost.ts'

export const normaliseDeepinfra = withExtras('deepinfra', (reading, root) => ({
  cost: decimal(reading, root, 'estimated_cost'),
}))
