// Up to which instant everything is stored that the log took, from positions alone. Timestamps of records cannot tell: clocks
// of producers are an hour off or send nothing, and a broker's may be set back. Too late an instant here closes hours that
// still get events; too early a one only closes them later.

/** What was seen of a partition at an instant: all that the log took before `askedAt` (ms) is below offset `end`. */
export interface EndSeen {
  readonly askedAt: number
  readonly end: number
}

/** What is known of one partition. */
export interface StoredUntil {
  /** Everything that the log took before this instant is stored, ms; 0 while that is not known. */
  readonly until: number
  /** Ends that are not reached yet, in order. */
  readonly waiting: readonly EndSeen[]
}

export const NOTHING_STORED: StoredUntil = { until: 0, waiting: [] }

/** Ends that are remembered of a partition: a backlog of days leaves coarser steps, not more memory. */
const MOST_WAITING = 500

/**
 * Adds what was just seen. `askedAt` is noted before the end is asked for. Positions may be read before the end or after it:
 * they only grow, and an older one reaches fewer ends.
 * @param consumed everything below this offset is stored
 */
export function advanceStored(state: StoredUntil, seen: EndSeen, consumed: number): StoredUntil {
  const all = [...state.waiting, seen]
  const reached = all.filter(({ end }) => end <= consumed)
  const waiting = all.filter(({ end }) => end > consumed)
  return {
    until: Math.max(state.until, ...reached.map(({ askedAt }) => askedAt)),
    waiting: waiting.length > MOST_WAITING ? waiting.filter((_, i) => i % 2 === 1) : waiting,
  }
}
