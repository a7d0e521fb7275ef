// What the cluster says of itself and of topics: whether they are there, how many partitions they have, and which topic it is.
// The id of a topic is what positions count in; without it, a topic made anew would be taken for the one before and its first
// records skipped.

import type { Kafka } from 'kafkajs'
import { LedgerError } from '#core/errors.ts'
import { toLogError } from './errors.ts'
import {
  type ClusterMetadata,
  decodeMetadataResponse,
  encodeMetadataRequest,
  METADATA_API,
  METADATA_VERSION,
  type TopicMetadata,
} from './metadata-wire.ts'

/** As much of kafkajs's inside as is needed to send a request that it does not know. */
interface InnerRequest<T> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
  }
  readonly response: { decode(bytes: Buffer): Promise<T>; parse(data: T): Promise<T> }
}
interface InnerBroker {
  metadata(topics: readonly string[]): Promise<KnownMetadata>
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<unknown>
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>>
  readonly connectionPool: { send<T>(request: InnerRequest<T>): Promise<T> }
}
/** What version 6 of the answer says; a topic that is not there is an error. */
interface KnownMetadata {
  readonly clusterId: string
  readonly brokers: readonly unknown[]
  readonly topicMetadata: readonly {
    readonly topic: string
    readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[]
  }[]
}
interface InnerCluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  readonly brokerPool: { findConnectedBroker(): Promise<InnerBroker> }
}

const UNKNOWN_TOPIC = 3
const LEADER_NOT_AVAILABLE = 5
const TOPIC_DENIED = 29

/** https://kafka.apache.org/protocol#The_Messages_FindCoordinator: of groups, not of transactions. */
const OF_GROUPS = 0

export interface TopicView {
  /** Names the topic for ever: one that is made anew under the same name has another. */
  readonly logId: string
  readonly partitions: number
  /** Partitions that nobody can write to at the moment. */
  readonly leaderless: number
}

export interface ClusterView {
  /** The cluster's own id, and how many brokers it has. */
  describe(): Promise<{ clusterId: string; brokers: number }>
  /**
   * Topics by name; those that do not exist are not in it.
   * @throws LedgerError `log_unavailable`, or `log_denied` where the user may not even see one
   */
  topics(names: readonly string[]): Promise<Map<string, TopicView>>
  /**
   * Resolves when the group can be used, as far as its coordinator says.
   * @throws LedgerError `log_unavailable`, or `log_denied` where the user may not use it
   */
  checkGroup(group: string): Promise<void>
  /** What is asked afterwards is `log_unavailable`. */
  close(): Promise<void>
}

export function createClusterView(kafka: Kafka): ClusterView {
  const cluster = innerCluster(kafka)
  let closed = false

  async function ask<T>(question: (broker: InnerBroker) => Promise<T>): Promise<T> {
    if (closed) throw new LedgerError('log_unavailable', 'it is closed')
    try {
      await cluster.connect()
      return await question(await cluster.brokerPool.findConnectedBroker())
    } catch (error) {
      // What is broken about the connection is left behind with it.
      await cluster.disconnect().catch(() => undefined)
      throw toLogError(error)
    }
  }

  return {
    describe: () => ask(broker => metadata(broker, [])),
    async topics(names) {
      const { topics } = await ask(broker => metadata(broker, names))
      const known = topics.filter(({ errorCode }) => errorCode !== UNKNOWN_TOPIC)
      for (const { name, errorCode } of known) checkTopic(name, errorCode)
      return new Map(known.map(topic => [topic.name, viewOf(topic)]))
    },
    async checkGroup(groupId) {
      await ask(broker => broker.findGroupCoordinator({ groupId, coordinatorType: OF_GROUPS }))
    },
    close() {
      closed = true
      return cluster.disconnect()
    },
  }
}

const metadata = (broker: InnerBroker, names: readonly string[]): Promise<ClusterMetadata> =>
  (broker.versions[METADATA_API]?.maxVersion ?? 0) < METADATA_VERSION
    ? askWithoutIds(broker, names)
    : broker.connectionPool.send(metadataRequest(names))

/**
 * Of brokers that do not tell ids (Apache Kafka before 2.8). A topic is then known by its name alone: one that was made anew is
 * noticed when positions lie beyond its end.
 */
export async function askWithoutIds(
  broker: Pick<InnerBroker, 'metadata'>,
  names: readonly string[],
): Promise<ClusterMetadata> {
  const { clusterId, brokers } = await broker.metadata([])
  const topics: TopicMetadata[] = []
  for (const name of names) {
    const answer = await broker.metadata([name]).catch((error: Error & { type?: string }) => {
      if (error.type === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined
      throw error
    })
    for (const { topic, partitionMetadata } of answer?.topicMetadata ?? []) {
      const partitions = partitionMetadata.map(({ partitionId: partition, leader }) => ({
        partition,
        leader,
      }))
      topics.push({ name: topic, errorCode: 0, id: `${clusterId}:${topic}`, partitions })
    }
  }
  return { clusterId, brokers: brokers.length, topics }
}

function checkTopic(name: string, errorCode: number): void {
  if (errorCode === 0 || errorCode === LEADER_NOT_AVAILABLE) return
  if (errorCode === TOPIC_DENIED) throw new LedgerError('log_denied', `no right to see topic ${name}`)
  throw new LedgerError('log_unavailable', `topic ${name}: error ${errorCode}`)
}

const viewOf = ({ id, partitions }: TopicMetadata): TopicView => ({
  logId: `kafka:${id}`,
  partitions: partitions.length,
  leaderless: partitions.filter(({ leader }) => leader < 0).length,
})

const metadataRequest = (names: readonly string[]): InnerRequest<ClusterMetadata> => ({
  request: {
    apiKey: METADATA_API,
    apiVersion: METADATA_VERSION,
    apiName: 'Metadata',
    async encode() {
      const buffer = encodeMetadataRequest(names)
      return { buf: buffer, buffer }
    },
  },
  response: {
    decode: async bytes => decodeMetadataResponse(bytes),
    parse: async data => data,
  },
})

/** kafkajs (pinned) makes its clusters by a function under a symbol of this name, which its consumers use too. */
function innerCluster(kafka: Kafka): InnerCluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  const create = symbol && Reflect.get(kafka, symbol)
  if (typeof create !== 'function') throw new Error('this version of kafkajs is not the one that was pinned')
  return create({ allowAutoTopicCreation: false }) as InnerCluster
}
