// The promises of ports/event-log.ts, held against any adapter. Nothing here assumes that offsets begin at 0 or have no gaps,
// nor that a group is ready at once.

import { describe } from 'node:test'
import type { Prepare } from './event-log-kit.ts'
import { registerPollTests } from './event-log-polling.ts'
import { registerPositionTests } from './event-log-positions.ts'
import { registerRecordTests } from './event-log-records.ts'

/** Registers the tests for one adapter. `prepare` is called once a test. */
export function eventLogConformance(name: string, prepare: Prepare): void {
  describe(`${name} keeps the promises of an event log`, () => {
    registerRecordTests(prepare)
    registerPositionTests(prepare)
    registerPollTests(prepare)
  })
}
