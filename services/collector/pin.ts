// The step "pin": fields that the sender's key pins say what the key says. A service cannot book its spend elsewhere, by accident or
// on purpose; an event that says something else is taken all the same, with a warning, because its spend is real.

import { shown } from '#core/errors.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import type { Pins } from '#platform/api-keys/pins.ts'
import type { Candidate } from './read-candidates.ts'

/**
 * Puts pinned values in place. Ids, times, usage and costs cannot be pinned, so the event stays the same event.
 *
 * @param sent the JSON that the event was read from: what it said itself, before defaults
 */
export function applyPins(
  event: UsageEvent,
  sent: unknown,
  pinned: Pins,
): { readonly event: UsageEvent; readonly warnings: readonly string[] } {
  const pins = Object.entries(pinned)
  if (pins.length === 0) return { event, warnings: [] }
  const said: Readonly<Record<string, unknown>> = Object(sent)
  const overruled = pins.filter(([field, value]) => said[field] && said[field] !== value)
  return {
    event: { ...event, ...pinned },
    warnings: overruled.map(
      ([field, value]) =>
        `${field} was ${shown(said[field])} and is now ${shown(value)}, which the API key pins`,
    ),
  }
}

/**
 * A refused event as it is kept: with what its key pins behind what it said, where the last of two equal names counts. Whoever
 * sends it again later, with another key, does not move its spend.
 */
export function pinnedText(candidate: Candidate, pinned: Pins): string {
  const text = candidate.text()
  const fields = JSON.stringify(pinned).slice(1, -1)
  const body = text.trimEnd()
  if (fields === '' || candidate.kind === 'broken' || !body.endsWith('}')) return text
  const head = body.slice(0, -1).trimEnd()
  return `${head}${head.endsWith('{') ? '' : ','}${fields}}`
}
