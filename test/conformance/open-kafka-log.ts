// Opens the log on Apache Kafka for the conformance suite. Topics and groups are the tests' own, so one cluster serves them all.

import { openKafkaLog } from '#adapters/kafka/kafka-log.ts'
import { createLogger } from '#platform/log.ts'
import { systemClock } from '#ports/clock.ts'

export const openLog = ({ brokers }: { brokers: readonly string[] }) =>
  openKafkaLog({
    brokers,
    partitions: 3,
    deployment: 'conformance',
    clock: systemClock,
    log: createLogger({ level: 'warn', format: 'json', service: 'test' }),
  })
