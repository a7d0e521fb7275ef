// Leadership for people: a line when it changes and a gauge. Which of two processes works is the first question when neither
// seems to.

import { Gauge } from 'prom-client'
import type { Leadership } from '#ports/event-log.ts'
import type { Logger } from './log.ts'
import type { Registry } from './metrics.ts'

/** Of a process that has no others beside it. */
export const ALONE: Leadership = { isLeader: () => true, close: async () => undefined }

/**
 * Looks at who leads whenever it is asked.
 * @param options.onLead called when this process begins to lead
 */
export function watchLeadership(
  leadership: Leadership,
  options: {
    readonly job: string
    readonly log: Logger
    readonly registry: Registry
    readonly onLead?: () => void
  },
): Leadership {
  const { job, log, registry, onLead } = options
  const gauge = new Gauge({
    name: 'spendledger_leader',
    help: 'Whether this process is the one of its kind that works now',
    labelNames: ['job'] as const,
    registers: [registry],
  })
  gauge.set({ job }, 0)
  let led = false

  function isLeader(): boolean {
    const leads = leadership.isLeader()
    if (leads === led) return leads
    led = leads
    gauge.set({ job }, leads ? 1 : 0)
    if (leadership !== ALONE) log.info({ job }, leads ? 'leads from now on' : 'leads no longer')
    if (leads) onLead?.()
    return leads
  }

  return { isLeader, close: () => leadership.close() }
}
