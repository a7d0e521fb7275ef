// kafkajs 2.2.4 wakes every millisecond on each connection that was used once: 3 to 5 % of a core for doing nothing. Its check
// for requests that wait behind a throttled broker re-arms itself although none waits.
// https://github.com/tulios/kafkajs/issues/1556, https://github.com/tulios/kafkajs/pull/1667

import { createRequire } from 'node:module'

const PATCHED_VERSION = '2.2.4'

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

const patched = new WeakSet<object>()

/** Lets idle connections sleep. Leaves any other version of kafkajs alone. May be called again. */
export function letIdleConnectionsSleep(): void {
  const require = createRequire(import.meta.url)
  const { version } = require('kafkajs/package.json') as { version: string }
  if (version !== PATCHED_VERSION) return
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue }
  if (patched.has(prototype)) return
  patched.add(prototype)
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}
