// One server with everything that embedded mode answers on its port, over a warehouse and a log of the test's choice.

import type { FastifyInstance } from 'fastify'
import { uuidV7 } from '#core/identity.ts'
import type { ApiKeys } from '#platform/api-keys/api-keys.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { createHttpServer } from '#platform/http.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { registerApi } from '../../../services/api/app.ts'
import { createCollectorMetrics } from '../../../services/collector/metrics.ts'
import { registerCollector } from '../../../services/collector/routes.ts'
import type { Cleanup } from '../../support/engine.ts'
import { silentLog, testRegistry } from '../../support/silent.ts'
import { booksOf, testBook } from '../fixture.ts'

export const NOW = Date.parse('2026-11-24T10:07:00Z')

const clock = { now: () => NOW }

/** Answers that there is nothing. */
const EMPTY = { query: async () => [] } as unknown as Warehouse

export function createFullServer(
  t: Cleanup,
  { warehouse = EMPTY, keys }: { readonly warehouse?: Warehouse; readonly keys?: ApiKeys } = {},
): FastifyInstance {
  const log = silentLog()
  const registry = testRegistry()
  const server = createHttpServer({ host: '127.0.0.1', log, metrics: registry, clock, keys })
  registerCollector(server, {
    eventLog: { append: async () => {} },
    codec: createUsageEventCodec(loadSchemaStore()),
    topic: 'usage',
    deadLetterTopic: 'dead',
    retentionDays: 400,
    clock,
    newEventId: now => uuidV7(now, new Uint8Array(10)),
    log,
    metrics: createCollectorMetrics(registry),
  })
  const api = { warehouse, clock, books: booksOf(testBook()), defaultZone: 'UTC', log }
  registerApi(server, api)
  t.after(async () => server.close())
  return server
}
