// The event log: where an accepted event is safe before it is counted. Adapters: an embedded log on disk, Apache Kafka.
// Both keep the promises below; test/conformance/event-log.ts holds them to it.

/** One record to append. Keys are never empty: all records of a key share a partition and keep their order. */
export interface NewRecord {
  readonly key: string
  readonly value: Uint8Array
}

/**
 * One record as read. Offsets count from 0 in each partition of a topic, without gaps in the embedded log. A tombstone (a
 * key without a value) arrives as an empty value.
 */
export interface LogRecord extends NewRecord {
  readonly offset: number
  /** When the log took the record, ms. A log that does not stamp records has the producer's word for it. */
  readonly timestamp: number
  /** The latest that the log can have taken it, ms. Absent: `timestamp` itself, which the log stamped. */
  readonly takenBefore?: number
  /**
   * The log did not say, and the producer's word was impossible: `timestamp` is when the record was read, another time at each
   * read.
   */
  readonly guessed?: true
}

/**
 * Records of one partition, in order of offsets: all that it holds in [first, last]. Offsets without a record (what a
 * compaction removed, marks of transactions) are covered too, so batches leave no hole; one may hold no record at all.
 */
export interface LogBatch {
  /** What the offsets count in: a topic that was deleted and made anew is another log. */
  readonly logId: string
  readonly topic: string
  readonly partition: number
  readonly first: number
  readonly last: number
  readonly records: readonly LogRecord[]
}

/** Offsets [first, last], both included. */
export interface OffsetRange {
  /** Of the batch. A range of another log than the topic is now is ignored; without it, it is taken to be of this one. */
  readonly logId?: string
  readonly topic: string
  readonly partition: number
  readonly first: number
  readonly last: number
}

/** Where a consumer group stands in one partition. */
export interface PartitionProgress {
  /** What the positions count in. */
  readonly logId: string
  readonly partition: number
  /** The next offset to be read after a restart: everything below it is dealt with. */
  readonly committed: number
  /** The offset that the next appended record gets. */
  readonly end: number
}

export interface PollOptions {
  /** Return as soon as this many records wait ... */
  readonly maxRecords: number
  /** ... or this many bytes of values; a single larger record is still returned. */
  readonly maxBytes: number
  /** Wait this long (ms) for a first record; then return an empty list. */
  readonly waitMs: number
  /** After the first record, wait this long (ms) for more: fewer and larger inserts. */
  readonly lingerMs: number
}

/**
 * A member of a consumer group, reading some partitions of its topics.
 *
 * At least once: a record that was polled and not committed comes again, after a restart of the member or of the process.
 * Anything may come again at any time; what consumes it must be idempotent.
 */
export interface Subscription {
  /**
   * The next records of the assigned partitions, at most one batch a partition, in order and each record once per
   * subscription. One call at a time, but the next may come before earlier batches are committed: several may be in flight.
   * Rejects with a retryable LedgerError while the log does not answer; resolves with [] once `close` was called.
   */
  poll(options: PollOptions): Promise<LogBatch[]>

  /**
   * Says that these ranges are dealt with. Ranges may come in any order; the committed position of a partition moves to
   * the end of the contiguous prefix only, so a gap holds it back and nothing unfinished is ever skipped. Resolves when
   * the position is durable. Ranges of partitions that were taken away meanwhile are ignored: their records come again
   * elsewhere.
   */
  commit(ranges: readonly OffsetRange[]): Promise<void>

  /** Where this member's group stands, for each partition of the topic; the end offsets are fetched by this call. */
  progress(topic: string): Promise<PartitionProgress[]>

  /** Leaves the group. What is in flight is not committed any more. May be called again. */
  close(): Promise<void>
}

export interface AppendOptions {
  /** The append may use the reserve of a log that is full. Default false. */
  readonly reserve?: boolean
}

/** Whether this process is the one of its group that works now. */
export interface Leadership {
  /** Changes at any time, and two may believe it for a moment: it saves work and messages, correctness never hangs on it. */
  isLeader(): boolean

  /** Steps down. May be called again. */
  close(): Promise<void>
}

export interface EventLog {
  /** Names this log for ever: a new directory, or another cluster, is another log. */
  readonly id: string

  /**
   * Resolves only when every record is durable: on all in-sync replicas, or fsynced. Rejects with a LedgerError
   * `log_full` or `log_unavailable` otherwise; the records may then still appear, so a caller that appends again uses
   * the same event ids. Many concurrent calls share one write. Rejects with a TypeError, and takes none of the records, when
   * a key is empty; with a LedgerError `record_too_large`, and may have taken others, when the log can never take one of them.
   *
   * A consumer's own appends, without which it cannot commit and so frees nothing, set `reserve`: a log that bounds its size
   * takes them when it refuses others as full, until its disk is. Nobody else sets it, or the bound is none.
   */
  append(topic: string, records: readonly NewRecord[], options?: AppendOptions): Promise<void>

  /**
   * Joins a consumer group. A position that the log does not know, or beyond its end, is read again from the beginning. A log
   * may forget the position of a group that no longer subscribes.
   */
  subscribe(options: { group: string; topics: readonly string[] }): Promise<Subscription>

  /** Joins those that may do a job of which one at a time is enough. Resolves at once; who leads is found out later. */
  lead(job: string): Leadership

  /** Whether an append could succeed now, and why not: for readiness, not for decisions. */
  health(): Promise<{ ok: true } | { ok: false; reason: string }>

  /**
   * Finishes what is under way, closes the subscriptions and gives the log free. Appends after it reject with
   * `log_unavailable`. May be called again.
   */
  close(): Promise<void>
}
