// Why an event has no cost, in one line for a person: a code alone sends people to the documentation for what the event itself
// can tell. docs/pricing.md section 4 has every reason.

import { count } from './figures.ts'

/** The columns of an event that reasons are about. */
export type ReasonedEvent = Readonly<Record<string, unknown>>

const RATE = /^no_rate:(.+)$/

/** Parts of how a call was served, which a rule prices as a whole. */
const SERVED: ReadonlySet<string> = new Set(['service_tier', 'speed', 'inference_geo'])

/** undefined where there is a cost, or nothing to say. */
export function whyNoCost(event: ReasonedEvent): string | undefined {
  if (event['cost_usd'] !== null) return undefined
  const reason = String(event['cost_reason'] ?? '')
  switch (reason) {
    case '':
      return undefined
    case 'no_usage':
      return 'unpriced: no usage was reported; the call may have been billed all the same'
    case 'model_unknown':
      return `unpriced: the price book does not have ${lookedUp(event)}`
    case 'deployment_unmapped':
      return `unpriced: no alias in your prices says which model ${deployedAs(event)} is`
    case 'no_rule_at_time':
      return `unpriced: the price book has ${lookedUp(event)}, and no price for ${String(event['occurred_at'])}`
    case 'inconsistent':
      return `inconsistent: ${contradictionOf(event)}`
    case 'too_large':
      return 'inconsistent: a million dollars or more for one call is taken for a mistake'
  }
  const [, what] = RATE.exec(reason) ?? []
  if (what === undefined) return `no cost: ${reason}`
  return SERVED.has(what)
    ? `unpriced: ${lookedUp(event)} has no price for ${what} ${String(event[what] ?? '')}`.trimEnd()
    : `unpriced: ${lookedUp(event)} has no rate for ${what}`
}

/** What was looked up: the model that answered, else the one that was asked for; a quote knows only which it was. */
const lookedUp = ({ provider, response_model, request_model, model }: ReasonedEvent): string =>
  `provider ${String(provider)}, model ${String(response_model || request_model || model || '(none)')}`

const deployedAs = ({ provider, deployment, request_model, response_model, model }: ReasonedEvent): string =>
  `${String(provider)} deployment ${String(deployment || request_model || response_model || model)}`

function contradictionOf(event: ReasonedEvent): string {
  const { total_tokens_reported: reported, input_tokens: input, output_tokens: output } = event
  const buckets = BigInt(String(input ?? 0)) + BigInt(String(output ?? 0))
  return reported === null || reported === undefined || String(reported) === String(buckets)
    ? 'the reported figures contradict one another'
    : `a total of ${count(String(reported))} tokens was reported, and its parts add up to ${count(buckets)}`
}
