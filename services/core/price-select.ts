// Which rates price a call: model, rule of that time, variant, context tier, multipliers, contract. Deterministic, from
// what was served, and refusing by name where the book has no answer: a guess here is a wrong invoice.

import { plainModelName } from './models.ts'
import type { ContextTier, Contract, Multiplier, PriceBook, Rule, Target, Variant } from './price-book.ts'
import { inputTotal } from './tokens.ts'
import type { UsageEvent } from './usage-event.ts'

export interface Selection {
  readonly target: Target
  readonly rule: Rule
  readonly variant: Variant
  readonly tier: ContextTier | undefined
  readonly multipliers: readonly Multiplier[]
  readonly contract: Contract | undefined
}

/** Why nothing was selected; part of the closed list of cost reasons. */
export type SelectionFault = 'unknown_model' | 'no_rule_at_time' | `no_rate:${string}`

/** The name that decides: the model that answered; the one that was asked for only where none is reported. */
export const decidingModel = (event: UsageEvent): string => event.response_model || event.request_model

/** What the book knows of the call's model, by the tenant's alias first. */
export function findTarget(event: UsageEvent, book: PriceBook): Target | undefined {
  const deployment = event.deployment || event.request_model
  return (
    book.alias(event.tenant_id, event.provider, deployment) ?? book.find(event.provider, decidingModel(event))
  )
}

/** The model to show: its id in the book, else the plain form of its name. */
export const modelLabel = (event: UsageEvent, target: Target | undefined): string =>
  target?.model.id ?? plainModelName(event.provider, decidingModel(event))

/** The rule in force at an instant (ms). */
export const ruleAt = (rules: readonly Rule[], at: number): Rule | undefined =>
  rules.find(rule => at >= rule.from && at < rule.to)

/** Selects everything that prices a call, or says what the book lacks for it. */
export function select(
  event: UsageEvent,
  target: Target | undefined,
  book: PriceBook,
): Selection | SelectionFault {
  if (target === undefined) return 'unknown_model'
  const rule = ruleAt(target.model.rules, event.occurred_at)
  // The last variant of every rule has no conditions.
  const variant = rule?.variants.find(candidate => candidate.matches(event, target))
  if (rule === undefined || variant === undefined) return 'no_rule_at_time'
  for (const { dimension, values } of rule.guards) {
    if (!values.has(event[dimension].toLowerCase())) return `no_rate:${dimension}`
  }
  const input = inputTotal(event.tokens)
  return {
    target,
    rule,
    variant,
    tier: variant.tiers.find(tier => input > tier.above),
    multipliers: rule.multipliers.filter(multiplier => multiplier.matches(event, target)),
    contract: book.contracts.find(contract => falls(event, target, contract)),
  }
}

function falls(event: UsageEvent, target: Target, { scope, from, to }: Contract): boolean {
  return (
    event.occurred_at >= from &&
    event.occurred_at < to &&
    (scope.tenant ?? event.tenant_id) === event.tenant_id &&
    (scope.provider ?? event.provider) === event.provider &&
    (scope.model ?? target.model.id) === target.model.id &&
    (scope.deployment ?? event.deployment) === event.deployment
  )
}
