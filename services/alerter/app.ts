// The alerter as an object with start and stop. It takes its place in a deployment: it leads or stands by. Rules and messages are
// not part of this version, and it says so.

import { watchLeadership } from '#platform/leader-watch.ts'
import type { App } from '#platform/lifecycle.ts'
import type { Logger } from '#platform/log.ts'
import type { Registry } from '#platform/metrics.ts'
import type { Leadership } from '#ports/event-log.ts'

export interface AlerterOptions {
  readonly leadership: Leadership
  readonly log: Logger
  readonly registry: Registry
}

/** Between two looks at who leads, ms. */
const LOOK_MS = 1_000

export function createAlerter(options: AlerterOptions): App {
  const { log, registry } = options
  const leadership = watchLeadership(options.leadership, { job: 'alerter', log, registry })
  let timer: NodeJS.Timeout | undefined
  return {
    async start() {
      log.info('this version evaluates no rules and sends nothing')
      timer = setInterval(() => leadership.isLeader(), LOOK_MS)
    },
    async stop() {
      clearInterval(timer)
      await leadership.close()
    },
  }
}
