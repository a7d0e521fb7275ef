// Which rates price a call: model, rule of that time, variant, context tier, multipliers, contract. Deterministic, from
// what was served, and refusing by name where the book has no answer: a guess here is a wrong invoice.

import { isDeploymentName, plainModelName } from './models.ts'
import type {
  ContextTier,
  Contract,
  Multiplier,
  PriceBook,
  Rate,
  Rule,
  Target,
  Variant,
} from './price-book.ts'
import type { CallPlace } from './price-conditions.ts'
import { inputTotal, outputTotal } from './tokens.ts'
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
export type SelectionFault = 'model_unknown' | 'deployment_unmapped' | 'no_rule_at_time' | `no_rate:${string}`

/** The name that decides: the model that answered; the one that was asked for only where none is reported. */
export const decidingModel = (event: UsageEvent): string => event.response_model || event.request_model

/**
 * What the book knows of the call's model. An alias says which model stands behind a name of the customer's own, and where; should
 * the answer name a model that the book has, that one served, and the alias only says where: it may be out of date.
 */
export function findTarget(event: UsageEvent, book: PriceBook): Target | undefined {
  const { tenant_id: tenant, provider, response_model: answered } = event
  const alias = namesOf(event)
    .map(name => book.alias(tenant, provider, name))
    .find(target => target !== undefined)
  if (alias === undefined) return book.find(provider, decidingModel(event))
  const served =
    answered === '' || book.alias(tenant, provider, answered) ? undefined : book.find(provider, answered)
  if (served === undefined) return alias
  const place = alias.regionClass === '' ? served : alias
  const { regionClass, geo } = place
  return { ...served, regionClass, geo, deploymentType: alias.deploymentType }
}

/** What a call was known by, the deployment first. */
const namesOf = ({ deployment, request_model, response_model }: UsageEvent): string[] =>
  [deployment, request_model, response_model].filter(name => name !== '')

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
  if (target === undefined) return selectByUnits(event, book) ?? unknown(event)
  const rule = ruleAt(target.model.rules, event.occurred_at)
  // The last variant of every rule has no conditions.
  const variant = rule?.variants.find(candidate => candidate.matches(event, target))
  if (rule === undefined || variant === undefined) return 'no_rule_at_time'
  for (const { dimension, accepts } of rule.guards) {
    if (!accepts(event, target)) return `no_rate:${dimension}`
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

const unknown = (event: UsageEvent): SelectionFault =>
  isDeploymentName(event.provider, decidingModel(event)) ? 'deployment_unmapped' : 'model_unknown'

/** What is no model call (a read of a vector store, a tool) needs no model: a rule on one of its units is enough. */
function selectByUnits(event: UsageEvent, book: PriceBook): Selection | SelectionFault | undefined {
  if (inputTotal(event.tokens) + outputTotal(event.tokens) > 0) return undefined
  for (const unit in event.units) {
    const found = findUnitRate(event, PLACELESS, unit, book)
    if (found === undefined) continue
    const id = plainModelName(event.provider, decidingModel(event))
    const target = { ...PLACELESS, model: { provider: event.provider, id, rules: [] }, name: id }
    const { rule, variant } = found
    return { target, rule, variant, tier: undefined, multipliers: [], contract: undefined }
  }
  // A tool with a price list that lacks this unit is no unknown model.
  const [unit] = Object.keys(event.units)
  const listed = book.unitRules(event.provider).some(({ json }) => json.provider === event.provider)
  return listed && unit !== undefined ? `no_rate:${unit}` : undefined
}

const PLACELESS: CallPlace = { regionClass: '', geo: '', deploymentType: '' }

/** The rate of a unit in the rules on units that are in force: the provider's own first. */
export function findUnitRate(
  event: UsageEvent,
  place: CallPlace,
  unit: string,
  book: PriceBook,
): { readonly rule: Rule; readonly variant: Variant; readonly rate: Rate } | undefined {
  for (const rule of book.unitRules(event.provider)) {
    if (event.occurred_at < rule.from || event.occurred_at >= rule.to) continue
    const variant = rule.variants.find(candidate => candidate.matches(event, place))
    const rate = variant?.sheet.units.get(unit)
    if (variant && rate) return { rule, variant, rate }
  }
  return undefined
}

function falls(event: UsageEvent, target: Target, { scope, from, to }: Contract): boolean {
  return (
    event.occurred_at >= from &&
    event.occurred_at < to &&
    (scope.tenant ?? event.tenant_id) === event.tenant_id &&
    (scope.provider ?? event.provider) === event.provider &&
    (scope.model === undefined || [target.model.id, target.name].includes(scope.model.toLowerCase())) &&
    (scope.deployment === undefined || namesOf(event).includes(scope.deployment))
  )
}
