// Amounts over time as a picture of one line. Each is drawn against the largest of its own row: it shows a course, no amounts.

import { isGreater, perCall, steps, sum } from './figures.ts'

const LEVELS = '▁▂▃▄▅▆▇█'

/**
 * @param amounts decimal texts, one for each bucket of time in order; undefined where there is nothing
 * @param width the most characters: buckets that are more share one by their mean, the newest ones evenly
 */
export function sparkline(amounts: readonly (string | undefined)[], width: number): string {
  const together = Math.max(1, Math.ceil(amounts.length / width))
  const first = amounts.length % together
  const groups = [
    ...(first > 0 ? [amounts.slice(0, first)] : []),
    ...Array.from({ length: Math.floor(amounts.length / together) }, (_, i) =>
      amounts.slice(first + i * together, first + (i + 1) * together),
    ),
  ]
  const means = groups.map(meanOf)
  const largest = means.reduce((most, mean) => (isGreater(mean, most) ? mean : most), '0')
  return means
    .map(mean =>
      isGreater(mean, '0') ? (LEVELS[Math.max(0, steps(mean, largest, LEVELS.length) - 1)] ?? '') : ' ',
    )
    .join('')
}

const meanOf = (amounts: readonly (string | undefined)[]): string =>
  perCall(sum(amounts.map(amount => amount ?? '0')), BigInt(amounts.length)) ?? '0'
