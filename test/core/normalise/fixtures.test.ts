// Usage objects as providers send them, each with the buckets, units and costs that must come out of it.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { noTokens, type Tokens } from '#core/tokens.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { normalised, withUsage } from '../pricing-kit.ts'

interface Fixture {
  readonly name: string
  readonly provider: string
  readonly format?: string
  readonly usage: unknown
  readonly tokens: Partial<Tokens>
  readonly units?: Readonly<Record<string, string>>
  readonly total?: number
  readonly served?: Partial<UsageEvent>
  readonly cost?: string
  readonly consistent?: boolean
  /** Model and tokens of each request. */
  readonly parts?: readonly (readonly [string, Partial<Tokens>])[]
}

const DIRECTORY = new URL('../../fixtures/usage/', import.meta.url)

for (const file of readdirSync(DIRECTORY)) {
  const fixtures = JSON.parse(readFileSync(new URL(file, DIRECTORY), 'utf8')) as readonly Fixture[]
  describe(`usage objects of ${file}`, () => {
    for (const fixture of fixtures) it(fixture.name, () => check(fixture))
  })
}

function check(fixture: Fixture): void {
  const sent = withUsage(fixture.usage, { provider: fixture.provider, usage_format: fixture.format ?? '' })
  const { event, consistent, parts } = normalised(sent)
  assert.deepEqual(event.tokens, { ...noTokens(), ...fixture.tokens })
  assert.deepEqual(event.units, fixture.units ?? {})
  assert.equal(event.total_tokens_reported, fixture.total ?? null)
  assert.equal(event.reported_cost, fixture.cost ?? '')
  assert.equal(consistent, fixture.consistent ?? true)
  for (const [field, value] of Object.entries(fixture.served ?? {})) {
    assert.equal(event[field as keyof UsageEvent], value, field)
  }
  const expected = fixture.parts?.map(([model, tokens]) => ({ model, tokens: { ...noTokens(), ...tokens } }))
  assert.deepEqual(parts, expected)
}
