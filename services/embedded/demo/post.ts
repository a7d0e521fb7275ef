// Sends demo events to a running collector.

import type { Logger } from '#platform/log.ts'
import type { DemoEvent } from './call.ts'

/** What of the answer is used here. */
interface Answer {
  readonly rejected?: readonly { readonly message?: string }[]
}

const TIMEOUT_MS = 30_000

/**
 * A function that posts events to a collector. It rejects where sending again can help; events that the collector refuses
 * are a fault of the demo and are logged.
 */
export function createPost(url: string, log: Logger): (events: readonly DemoEvent[]) => Promise<void> {
  return async events => {
    if (events.length === 0) return
    const response = await fetch(new URL('/v1/events', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    if (response.status === 429 || response.status >= 500) throw new Error(`${response.status}: ${text}`)
    const { rejected = [] } = JSON.parse(text) as Answer
    if (response.status === 202 && rejected.length === 0) return
    log.warn(
      {
        status: response.status,
        refused: rejected.length,
        message: rejected[0]?.message ?? text.slice(0, 200),
      },
      'the collector refused demo events',
    )
  }
}
