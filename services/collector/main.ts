// `spendledger collector`: the collector as a process of its own. It needs Kafka and nothing else: events are taken while the
// warehouse is away.

import { brokersOf, eventLogFrom } from '#adapters/from-config.ts'
import { openApiKeys } from '#platform/api-keys/api-keys.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import type { Config } from '#platform/config.ts'
import { logLater } from '#platform/later.ts'
import { runApps } from '#platform/lifecycle.ts'
import { createLogger } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { arrival, closing, createNeed } from '#platform/need.ts'
import { systemClock as clock } from '#ports/clock.ts'
import { createCollector } from './app.ts'

/** Ties the service to the process's signals; resolves once Kafka is there. Until then it listens and answers 503. */
export async function runCollector({ config }: { config: Config }): Promise<void> {
  const log = createLogger({ level: config.logLevel, format: config.logFormat, service: 'collector' })
  const { apiKeysFile } = config
  const keys = apiKeysFile === undefined ? undefined : openApiKeys({ file: apiKeysFile, log, clock })
  const kafka = createNeed({
    what: brokersOf(config),
    open: () => eventLogFrom(config, { clock, log }),
    health: eventLog => eventLog.health(),
    log,
  })
  const collector = createCollector({
    host: config.host,
    port: config.port,
    keys,
    eventLog: logLater(kafka),
    check: kafka.check,
    codec: createUsageEventCodec(loadSchemaStore()),
    topic: config.kafkaTopic,
    deadLetterTopic: config.kafkaDlqTopic,
    retentionDays: config.rawRetentionDays,
    clock,
    log,
    registry: createMetrics({ service: 'collector' }),
  })
  await runApps({ needs: closing([kafka]), collector, kafka: arrival([kafka]) }, { log })
}
