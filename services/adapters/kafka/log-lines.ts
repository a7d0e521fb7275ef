// kafkajs's own lines. An outage of a minute makes it write a thousand errors for what it then mends by itself, so all of it is
// detail; what an operator must know is said by us, once, where it is known.

import type { logCreator } from 'kafkajs'
import type { Logger } from '#platform/log.ts'

/** A `logCreator` that writes to our log: at debug, its own debug lines at trace. */
export const kafkaLines =
  (log: Logger): logCreator =>
  () =>
  ({ namespace, label, log: { message, timestamp: _timestamp, ...about } }) => {
    const level = label === 'DEBUG' ? 'trace' : 'debug'
    log[level]({ kafka: about, level_of_client: label }, `${namespace}: ${message}`)
  }
