// The broker that tests share, named by KAFKA_BROKERS of the test process. Without one, tests that need it skip and say how
// to get one; where REQUIRE_KAFKA=1, as in CI, they fail instead, so that a broker that did not come up is never a green run.
// Tests keep apart by the names of their topics and groups. The processes that tests start see none of this: cleanEnv
// strips KAFKA_*, so pass KAFKA_BROKERS on to those that are to use it.

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import kafkajs, { type Kafka, type KafkaConfig, type Message, type RecordMetadata } from 'kafkajs'
import { leadersOf } from '#adapters/kafka/leaders.ts'
import type { Cleanup } from './engine.ts'
import { cleanEnv } from './ledger-process.ts'

export const LOCAL_BROKER = fileURLToPath(new URL('../../infra/kafka/local-broker.sh', import.meta.url))

/** Options of node:test: empty, or the reason why a test cannot run here. */
export type Need = { readonly skip?: string }

/** host:port each, or undefined when no broker was named. */
export function kafkaBrokers(): readonly string[] | undefined {
  const named = (process.env['KAFKA_BROKERS'] ?? '').split(',').map(broker => broker.trim())
  const brokers = named.filter(broker => broker !== '')
  return brokers.length > 0 ? brokers : undefined
}

export const kafkaRequired = (): boolean => process.env['REQUIRE_KAFKA'] === '1'

/**
 * For tests on the shared broker: `test('...', await needsKafka(), async t => ...)`.
 *
 * @throws when none is named although REQUIRE_KAFKA=1, or when the named one does not answer
 */
export async function needsKafka(): Promise<Need> {
  const brokers = kafkaBrokers()
  if (!brokers) return missing('needs a broker: set KAFKA_BROKERS, e.g. by infra/kafka/local-broker.sh start')
  try {
    const admin = kafkaClient({ retry: { retries: 5 } }).admin()
    await admin.connect()
    await admin.disconnect()
  } catch (error) {
    throw new Error(`the broker at ${brokers.join(', ')} (KAFKA_BROKERS) does not answer`, { cause: error })
  }
  return {}
}

/** What a test that cannot run is given; an error where it must run. */
export function missing(reason: string): Need {
  if (kafkaRequired()) throw new Error(`REQUIRE_KAFKA=1, but the test ${reason}`)
  return { skip: reason }
}

/** @param config default: the shared broker, nothing on the console */
export function kafkaClient(config: Partial<KafkaConfig> = {}): Kafka {
  const brokers = config.brokers ?? [...(kafkaBrokers() ?? [])]
  return new kafkajs.Kafka({
    clientId: 'spendledger-test',
    logLevel: kafkajs.logLevel.NOTHING,
    ...config,
    brokers,
  })
}

/** A topic or group that no other test, and no earlier run, has: `orders-0f3a9c27b1e4`. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomBytes(6).toString('hex')}`

export interface TopicOptions {
  /** default 1 */
  readonly partitions?: number
  /** e.g. `{ 'retention.ms': '1000' }`: https://kafka.apache.org/41/configuration/topic-configs/ */
  readonly config?: Readonly<Record<string, string>>
  /** A broker of the test's own; the topic goes with it. Default: the shared one, where it is deleted after the test. */
  readonly kafka?: Kafka
}

/** Creates a topic and waits for its leaders. */
export async function createTopic(t: Cleanup, topic: string, options: TopicOptions = {}): Promise<string> {
  const { partitions = 1, config = {} } = options
  const admin = (options.kafka ?? kafkaClient()).admin()
  await admin.connect()
  t.after(async () => {
    // A test may have deleted it already.
    if (!options.kafka) await admin.deleteTopics({ topics: [topic] }).catch(() => undefined)
    await admin.disconnect()
  })
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, configEntries }],
    waitForLeaders: false,
  })
  await leadersOf(admin, topic)
  return topic
}

/** kafkajs loses messages without a key when a leader fails between two attempts, so tests cannot send one by accident. */
export type KeyedMessage = Message & { readonly key: string | Buffer }

export interface KeyedProducer {
  /** Resolves when all are acknowledged by all replicas. */
  send(topic: string, messages: readonly KeyedMessage[]): Promise<RecordMetadata[]>
}

/** kafkajs takes quadratic time for the messages of one request: 20,000 would block for seconds. */
const MESSAGES_PER_REQUEST = 500

/** A producer as another team would have one, independent of the adapter under test; disconnected after the test. */
export async function startProducer(t: Cleanup, kafka: Kafka = kafkaClient()): Promise<KeyedProducer> {
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  t.after(() => producer.disconnect())
  return {
    async send(topic, messages) {
      const acknowledged: RecordMetadata[] = []
      for (let at = 0; at < messages.length; at += MESSAGES_PER_REQUEST) {
        const some = messages.slice(at, at + MESSAGES_PER_REQUEST)
        acknowledged.push(...(await producer.send({ topic, acks: -1, messages: some })))
      }
      return acknowledged
    },
  }
}

const run = promisify(execFile)

/**
 * Runs one of Kafka's own tools to its end; an independent opinion on offsets and lag.
 *
 * @param className e.g. `org.apache.kafka.tools.consumer.group.ConsumerGroupCommand`
 * @returns what it printed
 * @throws when it fails
 */
export async function kafkaTool(className: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(LOCAL_BROKER, ['tool', className, ...args], { env: cleanEnv({}) })
  return stdout
}
