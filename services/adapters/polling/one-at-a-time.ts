// A poll takes what waits, so two at once would share out one partition's records between them and lose their order.

/** Runs one call at a time; one that comes meanwhile rejects. */
export interface OneAtATime<Argument, Result> {
  run(argument: Argument): Promise<Result>
  /** Resolves when nothing runs, however it ended. */
  idle(): Promise<void>
}

/** @param who begins the sentence "... polls already" */
export function oneAtATime<Argument, Result>(
  who: string,
  work: (argument: Argument) => Promise<Result>,
): OneAtATime<Argument, Result> {
  let running: Promise<Result> | undefined
  return {
    async run(argument) {
      if (running) throw new Error(`${who} polls already`)
      running = work(argument)
      try {
        return await running
      } finally {
        running = undefined
      }
    },
    async idle() {
      await running?.catch(() => undefined)
    },
  }
}
