// What one event costs: the decision of its status, exact amounts, one rounding. Repricing runs the same function, so
// equal input gives equal output for ever; nothing here reads a clock or remembers anything.

import { apportion, COST_LIMIT, type Picos, parsePicos, roundHalfEven } from './money.ts'
import { isAggregate } from './normalise/aggregate.ts'
import type { NormalisedEvent, UsagePart } from './normalise/types.ts'
import { byComponent, type Charges, COMPONENTS, type Components, charge, noCharges } from './price-amounts.ts'
import type { PriceBook, Target } from './price-book.ts'
import { asReported, explain, type Line, undividedLine } from './price-lines.ts'
import { findTarget, modelLabel, type Selection, type SelectionFault, select } from './price-select.ts'
import { wasTurnedDown } from './price-unbilled.ts'
import { reportsBilledCost } from './providers.ts'
import type { UsageEvent } from './usage-event.ts'

/**
 * priced: list price x contract. provider_reported: the provider's own figure, where that is its bill. estimated: priced,
 * but from usage that was estimated or only partly reported. unpriced: no price is known. inconsistent_usage: the usage
 * contradicts itself, or the cost is impossible. unbilled: known to cost nothing.
 */
export const COST_STATUSES = [
  'priced',
  'provider_reported',
  'estimated',
  'unpriced',
  'inconsistent_usage',
  'unbilled',
] as const
export type CostStatus = (typeof COST_STATUSES)[number]

/** Why there is no cost, or what is special about the one there is; '' where there is nothing to say. */
export type CostReason =
  | ''
  | 'priced_by_request_model'
  | 'lower_bound'
  | 'no_usage'
  | SelectionFault
  | 'inconsistent'
  | 'too_large'
  | 'cached_by_gateway'
  | 'aggregate'
  | 'error_without_usage'
  | 'provisioned_capacity'
  | 'unbilled_by_rule'

/** Amounts in picodollars (1e-12 USD). */
export interface EventCost {
  readonly status: CostStatus
  readonly reason: CostReason
  /** The model that was priced: its id in the book, else its plain name. */
  readonly model: string
  /** What is held to be owed; null is "not known", never 0. */
  readonly costUsd: Picos | null
  readonly listCostUsd: Picos | null
  readonly contractedCostUsd: Picos | null
  /** What the provider or a gateway said, for comparison. */
  readonly reportedCostUsd: Picos | null
  /** Sum to costUsd exactly; all 0 where that is null. */
  readonly components: Components
  readonly ruleId: string
  readonly variant: string
  readonly tier: string
  readonly multipliers: readonly string[]
  /** The content hash of the book that gave this answer. */
  readonly bookVersion: string
  /** The cost line by line; lines of a component sum to it exactly. Computed when called. */
  readonly lines: () => readonly Line[]
}

const NOTHING: Components = { uncachedInput: 0n, cacheRead: 0n, cacheWrite: 0n, output: 0n, units: 0n }

const UNPRICED: EventCost = {
  status: 'unpriced',
  reason: '',
  model: '',
  costUsd: null,
  listCostUsd: null,
  contractedCostUsd: null,
  reportedCostUsd: null,
  components: NOTHING,
  ruleId: '',
  variant: '',
  tier: '',
  multipliers: [],
  bookVersion: '',
  lines: () => [],
}

/** Prices a normalised event with a book. Total: every event gets a status. */
export function priceEvent(
  { event, consistent, hasUsage, parts }: NormalisedEvent,
  book: PriceBook,
): EventCost {
  const target = findTarget(event, book)
  const reported = event.reported_cost === '' ? undefined : parsePicos(event.reported_cost)
  const blank: EventCost = {
    ...UNPRICED,
    model: modelLabel(event, target),
    bookVersion: book.hash,
    reportedCostUsd: reported !== undefined && reported < COST_LIMIT ? reported : null,
  }
  if (event.status === 'cached_by_gateway') return unbilled(blank, 'cached_by_gateway')
  if (isAggregate(event)) return unbilled(blank, 'aggregate')
  const usable = consistent && hasUsage
  if (reported !== undefined && isBill(event)) {
    const ours = usable ? ownCost(event, parts, blank, target, book) : blank
    return billedCost(ours, reported, consistent ? '' : 'inconsistent')
  }
  if (!consistent) return { ...blank, status: 'inconsistent_usage', reason: 'inconsistent' }
  if (!hasUsage) {
    return wasTurnedDown(event) ? unbilled(blank, 'error_without_usage') : { ...blank, reason: 'no_usage' }
  }
  if (isProvisioned(event, target)) return unbilled(blank, 'provisioned_capacity')
  return ownCost(event, parts, blank, target, book)
}

/** Capacity that is paid by the hour: said so, or one of Azure's deployment types for it (GlobalProvisionedManaged ...). */
const isProvisioned = (event: UsageEvent, target: Target | undefined): boolean =>
  event.capacity === 'provisioned' ||
  /provisioned|^ptu/i.test(target?.deploymentType || event.deployment_type) ||
  BOUGHT_TIERS[event.provider] === event.service_tier.toLowerCase()

/** Tiers of capacity that was bought beforehand. https://openai.com/api-scale-tier/, https://aws.amazon.com/bedrock/pricing/ */
const BOUGHT_TIERS: Readonly<Record<string, string>> = {
  openai: 'scale',
  azure_openai: 'scale',
  aws_bedrock: 'reserved',
}

/** A cost that the provider reported and bills; a source that is not named is taken to be the provider. */
const isBill = ({ provider, reported_cost_source: source }: UsageEvent): boolean =>
  reportsBilledCost(provider) && (source === 'provider' || source === '')

const unbilled = (blank: EventCost, reason: CostReason): EventCost => ({
  ...blank,
  status: 'unbilled',
  reason,
  costUsd: 0n,
  listCostUsd: 0n,
  contractedCostUsd: 0n,
})

/** List price x contract, from the event's usage. */
function ownCost(
  event: UsageEvent,
  parts: readonly UsagePart[] | undefined,
  blank: EventCost,
  target: Target | undefined,
  book: PriceBook,
): EventCost {
  const selection = select(event, target, book)
  if (typeof selection === 'string') return { ...blank, reason: selection }
  const cost = chosen(blank, selection)
  const charges = noCharges()
  const fault = parts ? chargeParts(event, parts, book, charges) : charge(event, selection, book, charges)
  if (fault !== undefined) return { ...cost, reason: fault }

  const { denominator } = charges
  const owed = byComponent(charges.charges, 'owed')
  const costUsd = rounded(owed, denominator)
  const hasContract = charges.charges.some(entry => entry.selection.contract)
  const listCostUsd = hasContract ? rounded(byComponent(charges.charges, 'list'), denominator) : costUsd
  if (listCostUsd >= COST_LIMIT || costUsd >= COST_LIMIT) return tooLarge(cost)

  // Over a denominator of 1 every part is a whole number already.
  const components = named(denominator === 1n ? owed : apportion(costUsd, owed, denominator))
  const forFree = listCostUsd === 0n && selection.multipliers.some(({ factor }) => factor.n === 0n)
  const certain = event.usage_source === 'provider' || event.usage_source === 'none'
  return {
    ...cost,
    status: forFree ? 'unbilled' : certain ? 'priced' : 'estimated',
    reason: forFree ? 'unbilled_by_rule' : certain ? doubtOf(event) : doubtOfPart(event),
    costUsd,
    listCostUsd,
    contractedCostUsd: costUsd,
    components,
    lines: () => explain(charges.charges, components),
  }
}

/** Every request by its own model and context length; the units are the call's. */
function chargeParts(
  event: UsageEvent,
  parts: readonly UsagePart[],
  book: PriceBook,
  charges: Charges,
): SelectionFault | undefined {
  for (const [i, { model, tokens }] of parts.entries()) {
    const request: UsageEvent = { ...event, tokens, units: i === 0 ? event.units : {} }
    // The speed is that of the call's own model.
    if (model !== '') {
      Object.assign(request, { request_model: model, response_model: model, deployment: '', speed: '' })
    }
    const selection = select(request, findTarget(request, book), book)
    const fault = typeof selection === 'string' ? selection : charge(request, selection, book, charges)
    if (fault !== undefined) return fault
  }
  return undefined
}

const doubtOf = (event: UsageEvent): CostReason =>
  event.response_model === '' ? 'priced_by_request_model' : ''

/** What a call that was cut short is known to have used is the least that it costs. */
const doubtOfPart = (event: UsageEvent): CostReason =>
  event.status === 'aborted' || event.status === 'error' ? 'lower_bound' : doubtOf(event)

/** The provider's own figure, divided as our rates divide ours; undivided where we have none. */
function billedCost(ours: EventCost, bill: Picos, reason: CostReason): EventCost {
  if (bill >= COST_LIMIT) return tooLarge(ours)
  const cost: EventCost = { ...ours, status: 'provider_reported', reason, costUsd: bill }
  const parts = COMPONENTS.map(component => ours.components[component])
  const sum = parts.reduce((total, part) => total + part, 0n)
  if (sum === 0n) {
    return {
      ...cost,
      components: { ...NOTHING, units: bill },
      lines: () => [undividedLine(bill, ours.model)],
    }
  }
  const shares = apportion(
    bill,
    parts.map(part => part * bill),
    sum,
  )
  const components = named(shares)
  return { ...cost, components, lines: () => asReported(ours.lines(), components) }
}

const tooLarge = (cost: EventCost): EventCost => ({
  ...cost,
  status: 'inconsistent_usage',
  reason: 'too_large',
  costUsd: null,
  listCostUsd: null,
  contractedCostUsd: null,
  components: NOTHING,
  lines: UNPRICED.lines,
})

/** With what the selection leaves in the row, so that a cost can be followed back to its rule. */
const chosen = (blank: EventCost, { rule, variant, tier, multipliers, contract }: Selection): EventCost => ({
  ...blank,
  ruleId: rule.id,
  variant: variant.id,
  tier: tier?.id ?? '',
  multipliers: [...multipliers.map(({ id }) => id), ...(contract ? [`contract:${contract.id}`] : [])],
})

const rounded = (parts: readonly bigint[], denominator: bigint): Picos =>
  roundHalfEven(
    parts.reduce((total, part) => total + part, 0n),
    denominator,
  )

const named = (shares: readonly Picos[]): Components => ({
  uncachedInput: shares[0] ?? 0n,
  cacheRead: shares[1] ?? 0n,
  cacheWrite: shares[2] ?? 0n,
  output: shares[3] ?? 0n,
  units: shares[4] ?? 0n,
})
