// Appends twenty times and writes a line before each call and after its answer, for whoever watches the system calls in between.
// Usage: append-in-turn.ts <dir>

import { writeSync } from 'node:fs'
import { openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { systemClock } from '#ports/clock.ts'

const [dir = ''] = process.argv.slice(2)
const log = await openEmbeddedLog({
  dir,
  clock: systemClock,
  retention: { maxAgeMs: 60_000, maxBytes: 2 ** 26 },
})
for (let i = 0; i < 20; i++) {
  writeSync(1, `asked ${i}\n`)
  await log.append('t', [{ key: `${i}`, value: Buffer.alloc(i * 1_000) }])
  writeSync(1, `answered ${i}\n`)
}
await log.close()
