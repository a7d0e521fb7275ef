// Anthropic's stream events. `message_start` has the whole input and a first output count, `message_delta` the counts up to
// then: they replace the earlier ones and are never added to them. A stream that breaks off still has its exact input.
// https://platform.claude.com/docs/en/build-with-claude/streaming

import type { UsageObject } from '../normalise/types.ts'
import { objectIn, type StreamFamily, textIn } from './types.ts'

const TYPES: ReadonlySet<unknown> = new Set(['message_start', 'message_delta'])

export const anthropicStream: StreamFamily = {
  formats: ['anthropic'],
  owns: chunk => TYPES.has(chunk['type']),
  read(chunk, state) {
    const message = objectIn(chunk['message'])
    state.model ||= textIn(message?.['model'])
    state.responseId ||= textIn(message?.['id'])
    const usage = objectIn(message?.['usage']) ?? objectIn(chunk['usage'])
    if (usage === undefined) return
    state.usage = overwrite(state.usage, usage)
    if (chunk['type'] === 'message_delta') state.ended = true
  },
}

/** Field by field; what is null in the later object keeps its earlier value, and a count never falls. */
export function overwrite(earlier: UsageObject | undefined, later: UsageObject): UsageObject {
  const said = Object.entries(later).filter(([, value]) => value !== null && value !== undefined)
  const merged = said.map(([name, value]) => {
    const before = earlier?.[name]
    if (typeof value === 'number' && typeof before === 'number') return [name, Math.max(before, value)]
    const [inner, innerBefore] = [objectIn(value), objectIn(before)]
    return [name, inner && innerBefore ? overwrite(innerBefore, inner) : value]
  })
  return { ...earlier, ...Object.fromEntries(merged) }
}
