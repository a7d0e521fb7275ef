// kafkajs's consumer as the adapter sees it, played by the test: what a cluster of several brokers does in one run of a
// thousand is done here on purpose.

import type { EachBatchPayload, Kafka } from 'kafkajs'

type Listener = (event: { payload: unknown }) => void

export interface Fetch {
  readonly topic: string
  readonly partition: number
  /** What was asked for, and the last offset that came. */
  readonly first: number
  readonly last: number
  readonly heartbeat?: () => Promise<void>
}

export function fakeKafka() {
  const listeners = new Map<string, Listener>()
  const seeks: string[] = []
  const resolved: string[] = []
  const pending = new Set<string>()
  let eachBatch: (payload: EachBatchPayload) => Promise<void> = async () => undefined
  let consumers = 0

  const consumer = {
    events: { CRASH: 'crash', GROUP_JOIN: 'join' },
    on: (event: string, listener: Listener) => listeners.set(event, listener),
    connect: async () => undefined,
    subscribe: async () => undefined,
    run: async (options: { eachBatch: typeof eachBatch }) => {
      eachBatch = options.eachBatch
    },
    seek({ topic, partition, offset }: { topic: string; partition: number; offset: string }) {
      seeks.push(`${topic}/${partition}@${offset}`)
      pending.add(`${topic}/${partition}`)
    },
    disconnect: async () => undefined,
  }
  const kafka = (): Kafka => {
    consumers += 1
    return {
      consumer(config: { retry: { restartOnFailure(): Promise<boolean> } }) {
        restartOnFailure = config.retry.restartOnFailure
        return consumer
      },
    } as unknown as Kafka
  }
  let restartOnFailure = async (): Promise<boolean> => true

  return {
    kafka,
    /** Every `topic/partition@offset` that was sought. */
    seeks,
    /** Every `topic/partition@offset` up to which a fetch was taken. */
    resolved,
    consumers: () => consumers,
    join(assignment: Record<string, number[]>, memberId = 'member-1') {
      listeners.get('join')?.({ payload: { memberAssignment: assignment, memberId } })
    },
    /** A fetch went out: it begins where was sought. */
    fetchBegins: () => pending.clear(),
    /** Hands out what was fetched; resolves when the handler is done with it. */
    async fetched({ topic, partition, first, last, heartbeat }: Fetch): Promise<void> {
      const messages = Array.from({ length: last - first + 1 }, (_, i) => ({
        key: Buffer.from('k'),
        value: Buffer.from(String(first + i)),
        offset: String(first + i),
        timestamp: '0',
      }))
      await eachBatch({
        batch: { topic, partition, fetchedOffset: String(first), lastOffset: () => String(last), messages },
        heartbeat: heartbeat ?? (async () => undefined),
        resolveOffset: (offset: string) => resolved.push(`${topic}/${partition}@${offset}`),
        isRunning: () => true,
        isStale: () => pending.has(`${topic}/${partition}`),
        commitOffsetsIfNecessary: async () => undefined,
      } as unknown as EachBatchPayload)
    },
    async crash(error: Error, { restarts }: { restarts: boolean }) {
      if (restarts) await restartOnFailure()
      listeners.get('crash')?.({ payload: { error } })
    },
  }
}
