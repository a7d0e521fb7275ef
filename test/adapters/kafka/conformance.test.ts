import { describe } from 'node:test'
import { eventLogConformance } from '../../conformance/event-log.ts'
import { kafkaBrokers, needsKafka } from '../../support/kafka.ts'

describe('on the shared broker', await needsKafka(), () => {
  const module = new URL('../../conformance/open-kafka-log.ts', import.meta.url).href
  const config = { brokers: kafkaBrokers() }
  // After a member was killed, its session must end before another gets its partitions.
  eventLogConformance('the log on Apache Kafka', async () => ({ module, config, patienceMs: 60_000 }))
})
