// Where the crash tests on Kafka take place: a broker of their own, which may be killed, and a cluster of processes on it.

import type { Producer } from 'kafkajs'
import { type OwnBroker, startBroker } from '../../support/broker.ts'
import { type Cluster, type ClusterOptions, startCluster } from '../../support/cluster.ts'
import { kafkaClient } from '../../support/kafka.ts'
import type { JsonEvent } from '../oracle.ts'

export interface Arena {
  readonly broker: OwnBroker
  readonly cluster: Cluster
  /** Publishes past the collector, as another team's service would; true when the brokers acknowledged all of it. */
  publish(events: readonly JsonEvent[]): Promise<boolean>
}

type Cleanup = { after(ending: () => unknown): void }

/** Runs the body on a broker that is its own, and ends everything afterwards, in reverse order. */
export async function onOwnBroker<T>(body: (t: Cleanup, broker: OwnBroker) => Promise<T>): Promise<T> {
  const endings: (() => unknown)[] = []
  const t = { after: (ending: () => unknown) => void endings.push(ending) }
  const before = process.env['KAFKA_BROKERS']
  try {
    const broker = await startBroker(t)
    process.env['KAFKA_BROKERS'] = broker.brokers.join(',')
    return await body(t, broker)
  } finally {
    for (const end of endings.reverse()) await end()
    if (before === undefined) delete process.env['KAFKA_BROKERS']
    else process.env['KAFKA_BROKERS'] = before
  }
}

/** The same, with a cluster on that broker. */
export const inArena = <T>(options: ClusterOptions, body: (arena: Arena) => Promise<T>): Promise<T> =>
  onOwnBroker(async (t, broker) => {
    const cluster = await startCluster(t, options)
    // Patience as a service would configure it: the clients of the test repeat by themselves.
    const producer = kafkaClient({ retry: { retries: 3 } }).producer({ allowAutoTopicCreation: false })
    await producer.connect()
    t.after(() => producer.disconnect())
    return body({ broker, cluster, publish: events => publish(producer, cluster.topic, events) })
  })

export async function publish(
  producer: Producer,
  topic: string,
  events: readonly JsonEvent[],
): Promise<boolean> {
  const messages = events.map(event => ({ key: event.event_id, value: JSON.stringify(event) }))
  await producer.send({ topic, acks: -1, messages })
  return true
}

/** Both accounts that the judge asks. */
export const judges = (cluster: Cluster) => ({
  reader: cluster.warehouse('reader'),
  aggregator: cluster.warehouse('aggregator'),
})
