// A price as it is answered: the cost with its parts, where it comes from, and the lines that add up to it.

import { formatPicos, type Picos } from '#core/money.ts'
import type { EventCost } from '#core/price.ts'
import type { Component } from '#core/price-amounts.ts'

/** One bucket or unit: quantity x rate x factor = amount. */
export interface PriceLine {
  readonly component: string
  /** The model whose rate it is: one call may have been served by several. */
  readonly model: string
  readonly price_rule_id: string
  readonly name: string
  readonly quantity: string
  readonly rate: string
  readonly factor: string
  /** USD, decimal text; the lines of an event add up to its cost_usd exactly. */
  readonly amount_usd: string
}

/** As in the columns `<component>_cost_usd`. */
const COMPONENT_NAMES: Readonly<Record<Component, string>> = {
  uncachedInput: 'uncached_input',
  cacheRead: 'cache_read',
  cacheWrite: 'cache_write',
  output: 'output',
  units: 'units',
}

export const priceLines = (cost: EventCost): PriceLine[] =>
  cost.lines().map(({ component, rule, amount, ...line }) => ({
    component: COMPONENT_NAMES[component],
    ...line,
    price_rule_id: rule,
    amount_usd: amount,
  }))

/** USD as decimal text; null is not known. */
export const amountOf = (picos: Picos | null): string | null => (picos === null ? null : formatPicos(picos))

/** The same names as the columns of v_events. */
export const priceOf = (cost: EventCost) => ({
  model: cost.model,
  cost_usd: amountOf(cost.costUsd),
  cost_status: cost.status,
  cost_reason: cost.reason,
  list_cost_usd: amountOf(cost.listCostUsd),
  contracted_cost_usd: amountOf(cost.contractedCostUsd),
  reported_cost_usd: amountOf(cost.reportedCostUsd),
  ...Object.fromEntries(
    Object.entries(COMPONENT_NAMES).map(([component, name]) => [
      `${name}_cost_usd`,
      amountOf(cost.components[component as Component]),
    ]),
  ),
  price_rule_id: cost.ruleId,
  price_variant: cost.variant,
  price_tier: cost.tier,
  price_multipliers: cost.multipliers,
  price_book_version: cost.bookVersion,
  lines: priceLines(cost),
})
