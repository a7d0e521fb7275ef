// A fault run: something bad is done to the ledger, and an independent computation says whether anything moved.

export interface ScenarioContext {
  readonly seed: number
  /** Scales the run: 1 is the full one. */
  readonly scale: number
  readonly say: (line: string) => void
}

export interface Scenario {
  readonly name: string
  readonly promise: string
  /** Resolves with the figures; rejects when the promise was broken. */
  run(context: ScenarioContext): Promise<Readonly<Record<string, string | number>>>
}
