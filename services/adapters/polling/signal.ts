// Waking those who wait for records, so that nobody polls a disk in a loop.

export interface Signal {
  /** Wakes all who wait now. */
  notify(): void
  /** Resolves at the next `notify`, or after `ms`. */
  wait(ms: number): Promise<void>
}

export function createSignal(): Signal {
  const waiting = new Set<() => void>()
  return {
    notify() {
      for (const wake of waiting) wake()
    },
    wait: ms =>
      new Promise(resolve => {
        const wake = (): void => {
          clearTimeout(timer)
          waiting.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, ms)
        waiting.add(wake)
      }),
  }
}
