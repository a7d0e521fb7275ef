// `spendledger consumer`: the consumer as a process of its own, over Kafka and the warehouse.

import { randomUUID } from 'node:crypto'
import { brokersOf, eventLogFrom, migratedWarehouseFrom, warehouseOf } from '#adapters/from-config.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import type { Config } from '#platform/config.ts'
import { readDroppedBefore } from '#platform/dropped-before.ts'
import { createHealthServer } from '#platform/health-server.ts'
import { composeApps, endProcess, runApps } from '#platform/lifecycle.ts'
import { createLogger } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { closing, createNeed, whenThere } from '#platform/need.ts'
import { openPriceBooks, type Pricing } from '#platform/price-books.ts'
import { NotYet } from '#platform/wait-for.ts'
import { systemClock as clock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { createConsumer } from './app.ts'
import { findBook, identityOf, registerBook } from './book-version.ts'
import { createNumberedBooks } from './numbered-books.ts'
import { createRepricer } from './reprice/repricer.ts'

/** Ties the service to the process's signals; resolves once it runs. */
export async function runConsumer({ config }: { config: Config }): Promise<void> {
  const log = createLogger({ level: config.logLevel, format: config.logFormat, service: 'consumer' })
  const registry = createMetrics({ service: 'consumer' })
  const books = await openPriceBooks({ overlayFile: config.prices, log, registry })

  const kafka = createNeed({
    what: brokersOf(config),
    open: () => eventLogFrom(config, { clock, log, onFatal: endProcess(log) }),
    health: eventLog => eventLog.health(),
    log,
  })
  const ledger = createNeed({
    what: warehouseOf(config),
    open: () => openLedger(config, books.current()),
    health: ({ warehouse }) => warehouse.ping(),
    log,
  })

  const consumer = whenThere([kafka, ledger], () => {
    const { warehouse, numbered, notBefore } = ledger.value()
    const eventLog = kafka.value()
    const priceBooks = createNumberedBooks({ books, numbered, warehouse, log, clock })
    const consumer = createConsumer({
      eventLog,
      warehouse,
      codec: createUsageEventCodec(loadSchemaStore()),
      pricing: priceBooks.current,
      topic: config.kafkaTopic,
      deadLetterTopic: config.kafkaDlqTopic,
      group: config.kafkaGroupId,
      retentionDays: config.rawRetentionDays,
      notBefore,
      clock,
      log,
      registry,
    })
    const repricer = createRepricer({
      warehouse,
      pricing: priceBooks.current,
      retentionDays: config.rawRetentionDays,
      leadership: eventLog.lead('reprice'),
      newRunId: randomUUID,
      clock,
      log,
    })
    return composeApps({ priceBooks, consumer, repricer }, log)
  })
  const checks = { log: kafka.check, warehouse: ledger.check }
  const http = createHealthServer({ config, log, registry, checks })
  await runApps({ needs: closing([kafka, ledger]), http, consumer }, { log })
}

/** A warehouse that this consumer may write to: of its schema, and with a number for its price book. */
async function openLedger(config: Config, pricing: Pricing) {
  const warehouse = await migratedWarehouseFrom(config, 'writer')
  try {
    const sequence = await numberOf(warehouse, pricing)
    const notBefore = await readDroppedBefore(warehouse)
    return { warehouse, numbered: { pricing, sequence }, notBefore, close: () => warehouse.close() }
  } catch (error) {
    await warehouse.close()
    throw error
  }
}

/** Own prices get their number here; the shipped ones get theirs by a decision, which is `spendledger migrate`. */
async function numberOf(warehouse: Warehouse, pricing: Pricing): Promise<number> {
  const found = await findBook(warehouse, identityOf(pricing))
  if (found !== undefined) return found
  if (pricing.overlayHash !== '') return registerBook(warehouse, identityOf(pricing), pricing.book)
  throw new NotYet('this price book has no number there; run `spendledger migrate`')
}
