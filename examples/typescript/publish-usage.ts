// Publishes LLM usage events to Kafka with kafkajs:
//   npx tsx publish-usage.ts --brokers 127.0.0.1:9092 --topic llm.usage.v1 [--events FILE] [--framing F] [--raw]
// Prints {"acknowledged":n,"failed":n} as its last line and exits with 1 unless every event was acknowledged.

import { createReadStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import kafkajs, { type KafkaConfig, type Message, type SASLOptions } from 'kafkajs'
import { sampleCalls } from './sample-calls.ts'
import { type Call, encode, toEvent } from './usage-event.ts'

const { env } = process
const { values: options } = parseArgs({
  options: {
    brokers: { type: 'string', default: env['KAFKA_BROKERS'] ?? '127.0.0.1:9092' },
    topic: { type: 'string', default: env['KAFKA_TOPIC'] ?? 'llm.usage.v1' },
    /** NDJSON, or - for standard input; without it, three samples */
    events: { type: 'string' },
    /** confluent or json */
    framing: { type: 'string', default: 'confluent' },
    raw: { type: 'boolean', default: false },
  },
})

// kafkajs takes quadratic time for the messages of one send, and a request must fit the broker's message.max.bytes.
const MAX_MESSAGES = 500
const MAX_BYTES = 512 * 1024

const producer = new kafkajs.Kafka({
  clientId: 'publish-usage',
  brokers: options.brokers.split(','),
  ...security(),
}).producer({
  // murmur2 of the key, as in Java, and in librdkafka as murmur2_random.
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  allowAutoTopicCreation: false,
  // kafkajs's idempotent producer loses acknowledged messages after a failed attempt. What a retry sends twice has the same
  // event_id and counts once.
  idempotent: false,
  retry: { retries: 8 },
})

const counts = { acknowledged: 0, failed: 0 }
let batch: Message[] = []
let batchBytes = 0

/** One send at a time keeps the order. Resolved means that the brokers have all of it; rejected may be any part of it. */
async function flush(): Promise<void> {
  const messages = batch
  batch = []
  batchBytes = 0
  if (messages.length === 0) return
  try {
    await producer.send({ topic: options.topic, acks: -1, messages })
    counts.acknowledged += messages.length
  } catch (error) {
    fail(`${messages.length} events from ${messages[0]?.key}`, error, messages.length)
  }
}

function fail(what: string, error: unknown, events = 1): void {
  counts.failed += events
  console.error(`${what}: ${error}`)
}

await producer.connect()
let line = 0
for await (const text of createInterface({ input: openCalls(options.events) })) {
  line += 1
  if (text.trim() === '') continue
  try {
    const event = toEvent(JSON.parse(text) as Call, options.raw)
    const value = encode(event, options.framing)
    // Never empty: the key is the identity, so all copies of an event meet in one partition; and kafkajs loses messages
    // without a key when a leader fails between two attempts.
    batch.push({ key: event.event_id, value })
    batchBytes += value.length
  } catch (error) {
    fail(`line ${line}`, error) // one event that cannot be sent does not stop its neighbours
  }
  if (batch.length === MAX_MESSAGES || batchBytes > MAX_BYTES) await flush()
}
await flush()
await producer.disconnect()
console.log(JSON.stringify(counts))
process.exitCode = counts.failed > 0 ? 1 : 0

/** TLS and SASL by the names that spendledger itself reads (docs/configuration.md). */
function security(): Partial<KafkaConfig> {
  const ca = env['KAFKA_SSL_CA']
  const mechanism = env['KAFKA_SASL_MECHANISM']?.toLowerCase()
  const file = env['KAFKA_SASL_PASSWORD_FILE']
  const password = file ? readFileSync(file, 'utf8').replace(/[\r\n]+$/, '') : env['KAFKA_SASL_PASSWORD']
  const sasl = { mechanism, username: env['KAFKA_SASL_USERNAME'], password } as SASLOptions
  return {
    ssl: env['KAFKA_SSL'] === 'true' && (ca ? { ca: [readFileSync(ca)] } : true),
    ...(mechanism ? { sasl } : {}),
  }
}

function openCalls(path: string | undefined): NodeJS.ReadableStream {
  if (path === '-') return process.stdin
  return path === undefined
    ? Readable.from(sampleCalls().map(call => `${JSON.stringify(call)}\n`))
    : createReadStream(path)
}
