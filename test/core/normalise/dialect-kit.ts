// What the tests of the frameworks' dialects share: a real object, and the buckets that it must become.

import assert from 'node:assert/strict'
import type { Refusal } from '#core/errors.ts'
import type { NormalisedUsage, UsageObject } from '#core/normalise/types.ts'
import type { Outcome } from '#core/outcome.ts'
import { inputTotal, noTokens, outputTotal, type Tokens } from '#core/tokens.ts'

export function read(outcome: Outcome<NormalisedUsage>): NormalisedUsage {
  assert.equal(outcome.kind, 'ok', JSON.stringify(outcome))
  return (outcome as Extract<typeof outcome, { kind: 'ok' }>).value
}

export function refusal(outcome: Outcome<NormalisedUsage>): Refusal {
  assert.equal(outcome.kind, 'dead-letter', JSON.stringify(outcome))
  return (outcome as Extract<typeof outcome, { kind: 'dead-letter' }>).refusal
}

export interface Fixture {
  readonly what: string
  readonly usage: UsageObject
  readonly provider?: string
  readonly buckets: Partial<Tokens>
}

/** The buckets are the expected ones, and add up to the total where the object has one. */
export function check(fixture: Fixture, outcome: Outcome<NormalisedUsage>): void {
  const { tokens, consistent, totalReported } = read(outcome)
  assert.deepEqual(tokens, { ...noTokens(), ...fixture.buckets })
  assert.equal(consistent, true)
  if (totalReported !== null) assert.equal(inputTotal(tokens) + outputTotal(tokens), totalReported)
}
