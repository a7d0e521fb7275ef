// `spendledger consumer`: the consumer as a process of its own, over Kafka and the warehouse.

import { brokersOf, eventLogFrom, migratedWarehouseFrom, warehouseOf } from '#adapters/from-config.ts'
import type { PriceBook } from '#core/price-book.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import type { Config } from '#platform/config.ts'
import { readDroppedBefore } from '#platform/dropped-before.ts'
import { createHealthServer } from '#platform/health-server.ts'
import { endProcess, runApps } from '#platform/lifecycle.ts'
import { createLogger } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { closing, createNeed, whenThere } from '#platform/need.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { NotYet } from '#platform/wait-for.ts'
import { systemClock as clock } from '#ports/clock.ts'
import { createConsumer } from './app.ts'
import { findBook, identityOf } from './book-version.ts'

/** Ties the service to the process's signals; resolves once it runs. */
export async function runConsumer({ config }: { config: Config }): Promise<void> {
  const log = createLogger({ level: config.logLevel, format: config.logFormat, service: 'consumer' })
  const registry = createMetrics({ service: 'consumer' })
  const book = await loadPriceBook()

  const kafka = createNeed({
    what: brokersOf(config),
    open: () => eventLogFrom(config, { clock, log, onFatal: endProcess(log) }),
    health: eventLog => eventLog.health(),
    log,
  })
  const ledger = createNeed({
    what: warehouseOf(config),
    open: () => openLedger(config, book),
    health: ({ warehouse }) => warehouse.ping(),
    log,
  })

  const consumer = whenThere([kafka, ledger], () => {
    const { warehouse, sequence, notBefore } = ledger.value()
    return createConsumer({
      eventLog: kafka.value(),
      warehouse,
      codec: createUsageEventCodec(loadSchemaStore()),
      pricing: { book, sequence },
      topic: config.kafkaTopic,
      deadLetterTopic: config.kafkaDlqTopic,
      group: config.kafkaGroupId,
      retentionDays: config.rawRetentionDays,
      notBefore,
      clock,
      log,
      registry,
    })
  })
  const checks = { log: kafka.check, warehouse: ledger.check }
  const http = createHealthServer({ config, log, registry, checks })
  await runApps({ needs: closing([kafka, ledger]), http, consumer }, { log })
}

/** A warehouse that this consumer may write to: of its schema, and with a number for its price book. */
async function openLedger(config: Config, book: PriceBook) {
  const warehouse = await migratedWarehouseFrom(config, 'writer')
  try {
    const sequence = await findBook(warehouse, identityOf(book))
    if (sequence === undefined) {
      throw new NotYet('this price book has no number there; run `spendledger migrate`')
    }
    const notBefore = await readDroppedBefore(warehouse)
    return { warehouse, sequence, notBefore, close: () => warehouse.close() }
  } catch (error) {
    await warehouse.close()
    throw error
  }
}
