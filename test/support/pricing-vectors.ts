// Calls whose cost is known from bills, documentation and bug reports elsewhere, each with its source.

import { readFileSync } from 'node:fs'

export interface Vector {
  readonly id: string
  readonly provider: string
  readonly model: string
  readonly timestamp?: string
  readonly attributes?: Readonly<Record<string, unknown>>
  readonly usage_shape: string
  readonly usage: Readonly<Record<string, unknown>>
  readonly buckets?: Readonly<Record<string, number>>
  readonly input_total?: number
  readonly rates_usd?: Readonly<Record<string, string>>
  readonly multipliers?: readonly { readonly name: string; readonly factor: string }[]
  readonly expected_cost_usd: string
  readonly known_wrong?: readonly { readonly cost: string }[]
}

const FILE = new URL('../fixtures/pricing-vectors.json', import.meta.url)

export const { vectors, disputed } = JSON.parse(readFileSync(FILE, 'utf8')) as {
  readonly vectors: readonly Vector[]
  /** Where sources disagree, and which side this project takes. */
  readonly disputed: readonly { readonly id: string; readonly our_pick: string }[]
}
