// The quiet parts that every app in a test is given.

import { createLogger, type Logger } from '#platform/log.ts'
import { createMetrics, type Registry } from '#platform/metrics.ts'

export const silentLog = (): Logger => createLogger({ level: 'silent', format: 'json', service: 'test' })
export const testRegistry = (): Registry => createMetrics({ service: 'test' })
