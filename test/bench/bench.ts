// A benchmark measures and prints; it judges nothing. Figures are of this machine and this moment: compare ratios of one run.

export interface Measurement {
  readonly name: string
  readonly value: number
  readonly unit: string
}

export interface Bench {
  readonly name: string
  readonly what: string
  run(): Promise<readonly Measurement[]>
}

/** CPU seconds of this process since the last call of `lap`. */
export function cpuClock(): { lap(): number } {
  let last = process.cpuUsage()
  return {
    lap() {
      const used = process.cpuUsage(last)
      last = process.cpuUsage()
      return (used.user + used.system) / 1e6
    },
  }
}

export const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)

export const seconds = (since: number): number => (performance.now() - since) / 1000
