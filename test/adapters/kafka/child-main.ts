// The process that child.ts starts. It ends when its input does, so that it outlives no test.

import { setTimeout as sleep } from 'node:timers/promises'
import { openKafkaLog } from '#adapters/kafka/kafka-log.ts'
import { createLogger } from '#platform/log.ts'
import { systemClock } from '#ports/clock.ts'
import { POLL, rangeOf } from './kit.ts'

const job = JSON.parse(process.argv[2] ?? '{}') as
  | { readonly kind: 'reader'; readonly topic: string; readonly group: string }
  | { readonly kind: 'leader'; readonly deployment: string; readonly job: string }

process.stdin.on('end', () => process.exit()).resume()

const log = await openKafkaLog({
  brokers: (process.env['KAFKA_BROKERS'] ?? '').split(','),
  partitions: 1,
  deployment: job.kind === 'leader' ? job.deployment : 'child',
  clock: systemClock,
  log: createLogger({ level: 'error', format: 'json', service: 'child' }),
})

if (job.kind === 'leader') {
  const leadership = log.lead(job.job)
  while (!leadership.isLeader()) await sleep(50)
  console.log('leads')
} else {
  const subscription = await log.subscribe({ group: job.group, topics: [job.topic] })
  for (;;) {
    const batches = await subscription.poll(POLL)
    if (batches.length === 0) continue
    console.log('polled')
    await sleep(2_000)
    await subscription.commit(batches.map(rangeOf)).catch(error => console.log(String(error)))
    console.log('settled')
  }
}
