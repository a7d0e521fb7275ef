// How far a partition may be committed when its batches finish in any order: up to the first record that is not dealt with.
// Committing the highest finished offset instead would skip what is still under way, and a crash would lose it.

/** Offsets [first, last], both included. */
interface Interval {
  readonly first: number
  readonly last: number
}

/**
 * What a partition delivered, and what of it is still open. Offsets that were never delivered (a log may have gaps) hold
 * nothing back.
 */
export interface ContiguousPrefix {
  /** One past the last delivered offset. */
  readonly end: number
  /** Delivered and not yet dealt with: in order, disjoint. */
  readonly open: readonly Interval[]
}

/** Nothing delivered yet; the first record to come has this offset or a greater one. */
export const prefixFrom = (offset: number): ContiguousPrefix => ({ end: offset, open: [] })

/** The position to commit: everything below it is dealt with. */
export const committable = (prefix: ContiguousPrefix): number => prefix.open[0]?.first ?? prefix.end

/** Notes a delivered batch. Throws RangeError when it does not lie behind what was delivered before. */
export function delivered(prefix: ContiguousPrefix, first: number, last: number): ContiguousPrefix {
  if (first < prefix.end || last < first) {
    throw new RangeError(`batch [${first}, ${last}] does not follow offset ${prefix.end}`)
  }
  return { end: last + 1, open: [...prefix.open, { first, last }] }
}

/** Notes that these offsets are dealt with. What was not delivered, or is dealt with already, changes nothing. */
export function dealtWith(prefix: ContiguousPrefix, first: number, last: number): ContiguousPrefix {
  return { end: prefix.end, open: prefix.open.flatMap(interval => without(interval, first, last)) }
}

function without(interval: Interval, first: number, last: number): Interval[] {
  if (last < interval.first || interval.last < first) return [interval]
  const rest: Interval[] = []
  if (interval.first < first) rest.push({ first: interval.first, last: first - 1 })
  if (last < interval.last) rest.push({ first: last + 1, last: interval.last })
  return rest
}
