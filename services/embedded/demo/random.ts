// Randomness that comes out the same every time: seeded by words, so that an hour of the demo is the same hour whenever and
// in whatever window it is made. A second start of the demo then repeats events instead of adding others.

export interface Random {
  /** In [0, 1). */
  next(): number
  /** Whether something of this probability happens. */
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** Around this median; `spread` is the standard deviation of its logarithm. A whole number, at least 1. */
  around(median: number, spread: number): number
  /** How many of something happen where `mean` are expected. */
  count(mean: number): number
}

/** Mean above which counts are drawn from the normal distribution: the product below would underflow. */
const LARGE_MEAN = 60

/** A generator of its own for these words. */
export function createRandom(...words: readonly (string | number)[]): Random {
  let state = hash(words.join('/'))

  /** mulberry32: https://github.com/cprosche/mulberry32 */
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** Box and Muller: one standard normal value from two uniform ones. */
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())

  return {
    next,
    chance: probability => next() < probability,
    pick: <T>(items: readonly T[]) => items[Math.floor(next() * items.length)] as T,
    around: (median, spread) => Math.max(1, Math.round(median * Math.exp(spread * normal()))),
    count(mean) {
      if (mean > LARGE_MEAN) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
      let count = 0
      for (let left = next(); left > Math.exp(-mean); left *= next()) count += 1
      return count
    },
  }
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value
}
