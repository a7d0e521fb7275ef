// Clients of the brokers. Two tempers: an append must fail within a second when no broker is there, so that the collector can
// answer 503; a consumer has all the time in the world.

import { rootCertificates } from 'node:tls'
import kafkajs, { type Kafka, type KafkaConfig, type RetryOptions, type SASLOptions } from 'kafkajs'
import type { Logger } from '#platform/log.ts'
import { registerCodecs } from './codecs.ts'
import { handOutEmptyFetches } from './empty-fetches.ts'
import { letIdleConnectionsSleep } from './idle-timer.ts'
import { kafkaLines } from './log-lines.ts'

export interface KafkaConnection {
  /** `host:port` */
  readonly brokers: readonly string[]
  /** Given: by TLS. */
  readonly ssl?: {
    /** Certificates (PEM) to trust besides Node's own. */
    readonly ca?: string
  }
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
}

/** Every field is given: kafkajs has other defaults where NODE_ENV is test. */
const IMPATIENT: Required<Omit<RetryOptions, 'restartOnFailure'>> = {
  retries: 2,
  initialRetryTime: 100,
  maxRetryTime: 500,
  factor: 0.2,
  multiplier: 2,
}

const PATIENT = { ...IMPATIENT, retries: 8, initialRetryTime: 300, maxRetryTime: 5_000 }

/** ms; a frozen broker costs this much for each attempt. */
const REQUEST_TIMEOUT_MS = 5_000
const CONNECTION_TIMEOUT_MS = 3_000

export interface KafkaClients {
  /** For appends and for asking: gives up within a second when nothing listens. */
  readonly impatient: Kafka
  /** Makes one for members of groups. */
  readonly patient: () => Kafka
}

export function createClients(connection: KafkaConnection, log: Logger): KafkaClients {
  registerCodecs()
  handOutEmptyFetches()
  letIdleConnectionsSleep()
  const { brokers, ssl, sasl } = connection
  const common: KafkaConfig = {
    clientId: 'spendledger',
    brokers: [...brokers],
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    logCreator: kafkaLines(log),
    logLevel: log.isLevelEnabled('trace') ? kafkajs.logLevel.DEBUG : kafkajs.logLevel.INFO,
    ...(ssl ? { ssl: ssl.ca === undefined ? true : { ca: [...rootCertificates, ssl.ca] } } : {}),
    // A copy: kafkajs leaves what it has made of it in the object.
    ...(sasl ? { sasl: { ...sasl } as SASLOptions } : {}),
  }
  return {
    impatient: new kafkajs.Kafka({ ...common, retry: IMPATIENT }),
    patient: () => new kafkajs.Kafka({ ...common, retry: PATIENT }),
  }
}
