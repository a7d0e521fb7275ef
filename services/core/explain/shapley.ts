// Who in a group brought about how much: the mean, over all orders in which the members can change, of what each one's change
// adds. The parts add up to the whole exactly, whatever the members do to each other.
// https://en.wikipedia.org/wiki/Shapley_value

/** Which members have changed: bit i stands for member i. */
export type Coalition = number

const factorial = (n: number): bigint => (n <= 1 ? 1n : BigInt(n) * factorial(n - 1))

const sizeOf = (coalition: Coalition): number => coalition.toString(2).replaceAll('0', '').length

/**
 * The parts of `members` members, each times the factorial of `members`: as whole numbers they add up to
 * (value(all) - value(none)) times that factorial.
 *
 * @param value of each coalition, 2^members of them, by its bits
 */
export function shapley(members: number, value: readonly bigint[]): bigint[] {
  const weights = Array.from(
    { length: members },
    (_, size) => factorial(size) * factorial(members - 1 - size),
  )
  return Array.from({ length: members }, (_, member) => {
    const bit = 1 << member
    return value.reduce((sum, without, coalition) => {
      if ((coalition & bit) !== 0) return sum
      return sum + (weights[sizeOf(coalition)] ?? 0n) * ((value[coalition | bit] ?? 0n) - without)
    }, 0n)
  })
}
