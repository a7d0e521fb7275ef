// A call that was priced under another name than it asked for: who looks for that name does not find it in any list.

import type { ReasonedEvent } from './cost-reason.ts'

/** One line; undefined where the names are one, or nothing is priced. */
export function aliasOf({
  model,
  request_model,
  response_model,
  cost_usd,
}: ReasonedEvent): string | undefined {
  const asked = String(request_model || response_model || '')
  if (cost_usd === null || asked === '' || asked === model) return undefined
  const why = response_model === model ? 'the model that answered' : 'its name in the price book'
  return `${asked} is priced as ${String(model)}, ${why}`
}
