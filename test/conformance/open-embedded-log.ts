// Opens the embedded log for the conformance suite.

import { openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { systemClock } from '#ports/clock.ts'

export const openLog = ({ dir }: { dir: string }) =>
  openEmbeddedLog({ dir, clock: systemClock, retention: { maxAgeMs: 3_600_000, maxBytes: 2 ** 28 } })
