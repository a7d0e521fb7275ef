// Points at which a crash test makes the process kill itself, so that "between these two lines" is tested and not guessed.
// FAILPOINT=after-rows:3 kills it when it comes by for the third time; unset, as always but in those tests, nothing happens.

export const FAILPOINTS = ['after-append', 'after-rows', 'after-batch-row', 'mid-recompute'] as const
export type Failpoint = (typeof FAILPOINTS)[number]

const [armed, count = '1'] = (process.env['FAILPOINT'] ?? '').split(':')
let passes = 0

export function failpoint(name: Failpoint): void {
  if (name !== armed) return
  passes += 1
  if (passes >= Number(count)) process.kill(process.pid, 'SIGKILL')
}
