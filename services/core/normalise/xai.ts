// xAI's Chat and Responses usage. Its bill comes with every answer, in ticks of 1e-10 USD, tools included; the tools' calls
// are counted beside it. https://docs.x.ai/developers/cost-tracking

import { shift } from '../decimal-text.ts'
import { nullable, part, type Reading, type UsageNode, unitsOf } from './usage-reader.ts'
import { type Extras, withExtras } from './with-cost.ts'

const TICK_POWER = -10

export const normaliseXai = withExtras('xai', readExtras)

function readExtras(reading: Reading, root: UsageNode): Extras {
  const tools = part(reading, root, 'server_side_tool_usage_details')
  return {
    cost: readTicks(reading, root),
    units: unitsOf({
      web_search: nullable(reading, tools, 'web_search_calls'),
      x_search: nullable(reading, tools, 'x_search_calls'),
      code_session: nullable(reading, tools, 'code_interpreter_calls'),
      file_search: nullable(reading, tools, 'file_search_calls'),
    }),
  }
}

/** Ticks may exceed what a count of tokens may be, but not what JSON numbers hold exactly. */
function readTicks(reading: Reading, root: UsageNode): string {
  const ticks = root.value['cost_in_usd_ticks']
  if (typeof ticks === 'number' && Number.isSafeInteger(ticks) && ticks >= 0)
    return shift(String(ticks), TICK_POWER)
  nullable(reading, root, 'cost_in_usd_ticks')
  return ''
}
