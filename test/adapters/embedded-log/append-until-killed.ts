// Appends for ever, many calls at a time, and says on standard output which were acknowledged; a test kills it. Each call has
// three records, most often of different partitions. Usage: append-until-killed.ts <dir> <round>

import { writeSync } from 'node:fs'
import { openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { systemClock } from '#ports/clock.ts'

const [dir = '', round = ''] = process.argv.slice(2)
const log = await openEmbeddedLog({ dir, clock: systemClock, retention: { maxAgeMs: 0, maxBytes: 2 ** 26 } })

// Reads and drops beside the appends, so that the kill meets every kind of write.
const subscription = await log.subscribe({ group: 'churn', topics: ['churn'] })
async function churn(): Promise<void> {
  for (;;) {
    const batches = await subscription.poll({ maxRecords: 500, maxBytes: 2 ** 20, waitMs: 100, lingerMs: 0 })
    for (const { topic, partition, records } of batches) {
      const [first] = records
      if (first)
        await subscription.commit([
          { topic, partition, first: first.offset, last: first.offset + records.length - 1 },
        ])
    }
    await log.trim()
  }
}

async function call(caller: number): Promise<void> {
  for (let i = 0; ; i++) {
    const id = `${round}-${caller}-${i}`
    const value = Buffer.alloc((i * 131 + caller * 977) % 3_000, caller)
    await log.append(
      't',
      [0, 1, 2].map(n => ({ key: `${id}/${n}`, value })),
    )
    writeSync(1, `${id}\n`)
    await log.append('churn', [{ key: id, value }])
  }
}

await Promise.all([churn(), ...Array.from({ length: 32 }, (_, caller) => call(caller))])
