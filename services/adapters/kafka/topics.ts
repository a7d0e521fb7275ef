// Makes sure that a topic is there before it is used. A topic of ours stamps records with the brokers' clock, since the clocks of
// producers are an hour off one day; one that somebody else made is taken as it is.

import type { Admin } from 'kafkajs'
import { LedgerError } from '#core/errors.ts'
import { DAY_MS } from '#core/hours.ts'
import type { Logger } from '#platform/log.ts'
import type { ClusterView, TopicView } from './cluster-view.ts'
import { denialIn, toLogError } from './errors.ts'
import { leadersOf } from './leaders.ts'

/** Replicas where the cluster has the brokers for them, and how many of those an append waits for. */
const REPLICAS = 3
const IN_SYNC = 2

/** How long events can be read again, ms; what is stored does not depend on it. */
const RETENTION_MS = 7 * DAY_MS

export interface Topics {
  /**
   * Resolves when the topic can be used, after making it if it is missing.
   * @throws LedgerError `log_unavailable`; `log_denied` if it is missing and the user may not make it
   */
  ensure(name: string, partitions?: number): Promise<TopicView>
}

export function createTopics(options: {
  admin: () => Promise<Admin>
  view: ClusterView
  /** Of topics that are made. */
  partitions: number
  log: Logger
}): Topics {
  const { admin, view, log } = options

  async function make(name: string, partitions: number): Promise<void> {
    const { brokers } = await view.describe()
    const replicas = Math.min(REPLICAS, brokers)
    const configs = {
      'message.timestamp.type': 'LogAppendTime',
      'retention.ms': String(RETENTION_MS),
      'min.insync.replicas': String(replicas < REPLICAS ? 1 : IN_SYNC),
    }
    const topic = {
      topic: name,
      numPartitions: partitions,
      replicationFactor: replicas,
      configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }
    try {
      const made = await (await admin()).createTopics({ topics: [topic], waitForLeaders: false })
      await leadersOf(await admin(), name)
      if (made) log.info({ topic: name, partitions, replicas }, 'made the topic')
    } catch (error) {
      // The reasons for each topic are in a list, not in the chain of causes.
      const [first] = (error as { errors?: unknown[] }).errors ?? []
      if (denialIn(first ?? error) === undefined) throw toLogError(first ?? error)
      throw new LedgerError(
        'log_denied',
        `topic ${name} does not exist and this user may not make it; run \`spendledger migrate\` as one who may`,
        { cause: error },
      )
    }
  }

  async function ensure(name: string, partitions = options.partitions): Promise<TopicView> {
    const found = (await view.topics([name])).get(name)
    if (found) return found
    await make(name, partitions)
    const made = (await view.topics([name])).get(name)
    if (!made) throw new LedgerError('log_unavailable', `topic ${name} is not there yet`)
    return made
  }

  return { ensure }
}
