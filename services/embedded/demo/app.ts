// The demo as a part of embedded mode: it sends its events through the front door, POST /v1/events, like any service.

import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '#platform/lifecycle.ts'
import { type Logger, rateLimited } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'
import type { DemoEvent } from './call.ts'
import { demoHistory } from './history.ts'
import { demoLive } from './live.ts'
import { createPost } from './post.ts'

export interface DemoOptions {
  /** Resolves when the events are accepted; rejects when that may succeed later. */
  readonly post: (events: readonly DemoEvent[]) => Promise<void>
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

const BATCH = 500
const REPORT_EVERY = 10_000
const RETRY_MS = 2_000

/** The demo as a part of a process: sends in the background and ends with it. `url` is asked once the server listens. */
export function createDemo(options: {
  readonly url: () => string
  readonly log: Logger
  readonly clock: Clock
}): App {
  const { log, clock } = options
  const abort = new AbortController()
  let running: Promise<void> = Promise.resolve()
  return {
    async start() {
      const post = createPost(options.url(), log)
      running = runDemo({ post, clock, log, signal: abort.signal }).catch(error => {
        log.error({ err: error }, 'the demo ended')
      })
    },
    async stop() {
      abort.abort()
      await running
    },
  }
}

/** Sends the history, then live traffic until the signal aborts. */
export async function runDemo({ post, clock, log, signal }: DemoOptions): Promise<void> {
  const now = clock.now()
  const complain = rateLimited(log, 30_000, clock)

  /** Ids make it safe to send the same events again. */
  async function postUntilAccepted(events: readonly DemoEvent[]): Promise<void> {
    while (!signal.aborted) {
      try {
        await post(events)
        return
      } catch (error) {
        complain.warn('demo', { err: error }, 'demo events are not accepted at the moment; trying again')
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
      }
    }
  }

  let sent = 0
  let batch: DemoEvent[] = []
  log.info('the demo sends 30 days of history, about 60,000 events')
  for await (const event of demoHistory({ now })) {
    if (signal.aborted) return
    batch.push(event)
    if (batch.length < BATCH) continue
    await postUntilAccepted(batch)
    sent += batch.length
    batch = []
    if (sent % REPORT_EVERY === 0) log.info({ sent }, 'demo history')
  }
  await postUntilAccepted(batch)
  if (signal.aborted) return
  log.info({ sent: sent + batch.length }, 'the demo history is sent; live traffic follows')
  for await (const events of demoLive({ clock, since: now, signal })) await postUntilAccepted(events)
}
