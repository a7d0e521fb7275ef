// The explanation of a cost, line by line: what a person compares with an invoice. Lines are cut from the stored
// components, so that what is shown always adds up to what is stored.

import { apportion, formatPicos, type Picos, parsePicos } from './money.ts'
import { formatFraction } from './money-fraction.ts'
import { type Charge, COMPONENTS, type Component, type Components } from './price-amounts.ts'

export interface Line {
  readonly component: Component
  /** The model whose rate it is; one call may have been served by several. */
  readonly model: string
  /** The rule that the rate stands in. */
  readonly rule: string
  /** The bucket or unit: "cache_read", "web_search". */
  readonly name: string
  readonly quantity: string
  /** As the price book writes it: "5/Mtok", "5/Mtok x 2". */
  readonly rate: string
  /** The multipliers and the contract: "1/2 x 11/10", "1" where there are none, "reported" for a provider's own figure. */
  readonly factor: string
  /** USD, decimal text. */
  readonly amount: string
}

/** One line per charge; the lines of a component sum to it exactly, each within one picodollar of its exact amount. */
export function explain(charges: readonly Charge[], components: Components): readonly Line[] {
  return divide(charges, components, charge => charge.owed).map(({ part, component, amount }) => ({
    component,
    model: part.selection.target.model.id,
    rule: part.rule.id,
    name: part.name,
    quantity: String(part.quantity),
    rate: part.rate.text,
    factor: factorText(part),
    amount,
  }))
}

/** "1/2 x 17/20": the multipliers in the order of the rule, then the contract. */
function factorText({ component, selection: { multipliers, contract } }: Charge): string {
  const factors = [...multipliers, ...(contract ? [contract] : [])]
  if (component === 'units' || factors.length === 0) return '1'
  return factors.map(({ factor }) => formatFraction(factor)).join(' x ')
}

/** The lines of our own figure, with the amounts that a provider's figure gives them. */
export const asReported = (lines: readonly Line[], components: Components): readonly Line[] =>
  divide(lines, components, line => parsePicos(line.amount) ?? 0n).map(({ part, amount }) => ({
    ...part,
    factor: 'reported',
    amount,
  }))

/** The only line of a provider's figure that no rates of ours can divide. */
export const undividedLine = (cost: Picos, model: string): Line => ({
  component: 'units',
  model,
  rule: '',
  name: 'reported_cost',
  quantity: '1',
  rate: `${formatPicos(cost)}/each`,
  factor: 'reported',
  amount: formatPicos(cost),
})

function divide<T extends { readonly component: Component }>(
  parts: readonly T[],
  components: Components,
  weightOf: (part: T) => bigint,
): { part: T; component: Component; amount: string }[] {
  return COMPONENTS.flatMap(component => {
    const own = parts.filter(part => part.component === component)
    const weights = own.map(weightOf)
    const sum = weights.reduce((total, weight) => total + weight, 0n)
    const cost = components[component]
    const amounts = apportion(
      cost,
      weights.map(weight => weight * cost),
      sum === 0n ? 1n : sum,
    )
    return own.map((part, i) => ({ part, component, amount: formatPicos(amounts[i] ?? 0n) }))
  })
}
