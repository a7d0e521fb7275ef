// Who carries a change, as a sentence. A name in it is read as the culprit, so one is given only where the figures leave no other
// reading: the release of this week costs more than a week ago whatever happened, and every prompt has a version 6.

import type { Decomposition } from '#core/explain/decompose.ts'
import type { Filter } from '../query/filters.ts'
import type { Carrier, CarrierDimension, Carriers } from './carriers.ts'
import { nameOf, valueText } from './words.ts'

export interface CarriedQuestion {
  readonly filters: readonly Filter[]
  readonly found: Decomposition
  readonly carried: Readonly<Record<CarrierDimension, Carriers>>
  /** Whether the cause has named models already. */
  readonly modelIsNamed: boolean
}

/** The least of the change, and so much more of the change than of the baseline, that a value must have to be named. */
const NAMED_PERCENT = 60n
const NAMED_MORE_PERCENT = 20n
const MOST_NAMED = 2

/** Others that went the other way by more than this part of what a version did: spend moved between them. */
const TAKEN_OVER_PERCENT = 10n

/** The most telling first: a release is an act of somebody, a feature is where it shows. */
const TELLING: readonly CarrierDimension[] = [
  'release',
  'prompt_version',
  'user_id',
  'tenant_id',
  'feature',
  'task_type',
  'model',
]

/** Values that follow one another, and the filters of one value without which they belong to different things. */
const SCOPES: Readonly<Partial<Record<CarrierDimension, readonly string[]>>> = {
  release: ['feature', 'service'],
  prompt_version: ['feature', 'prompt_id'],
}

/** Who carries the change; and which release or prompt version most of the spend is of, where it is no carrier but came anew. */
export function carriedWords(question: CarriedQuestion): string[] {
  const { change, baseline } = question.found
  if (change === 0n) return []
  const lists = TELLING.flatMap(dimension => {
    const list = tellingList(dimension, question)
    return list ? [{ dimension, list }] : []
  })
  const carriers = lists
    .flatMap(({ dimension, list }) => named(dimension, carrierOf(dimension, list, question.found)))
    .slice(0, MOST_NAMED)
  const newcomers = lists
    .filter(({ dimension }) => SCOPES[dimension] && baseline > 0n)
    .flatMap(({ dimension, list }) => named(dimension, newcomerOf(list)))
    .filter(name => !carriers.includes(name))
  return [
    ...(carriers.length === 0 ? [] : [`Carried by ${carriers.join(' and ')}.`]),
    ...(newcomers.length === 0
      ? []
      : [`Most of the spend is of ${newcomers.join(' and ')}, which had none in the baseline.`]),
  ]
}

const named = (dimension: CarrierDimension, carrier: Carrier | undefined): string[] =>
  carrier ? [`${nameOf(dimension)} ${valueText(String(carrier.value))}`] : []

/** The list of a dimension that a sentence may name values of; undefined for others. */
function tellingList(
  dimension: CarrierDimension,
  { filters, carried, modelIsNamed }: CarriedQuestion,
): readonly Carrier[] | undefined {
  const list = carried[dimension]
  const isKnown = filters.some(filter => filter.dimension.name === dimension)
  if (isKnown || (dimension === 'model' && modelIsNamed)) return undefined
  const scopes = SCOPES[dimension]
  if (scopes && !filters.some(filter => isOneOf(filter, scopes))) return undefined
  // Where there is one value, it carries everything whatever happened.
  return 'reason' in list || list.length < 2 ? undefined : list
}

/** A filter on one value; the empty one stands for everything that has none. */
const isOneOf = ({ dimension, values }: Filter, names: readonly string[]): boolean =>
  names.includes(dimension.name) && values.length === 1 && values[0] !== ''

function carrierOf(
  dimension: CarrierDimension,
  list: readonly Carrier[],
  { change, baseline: whole }: Decomposition,
): Carrier | undefined {
  const sign = change < 0n ? -1n : 1n
  return list.find(carrier => {
    const { cost, baseline } = carrier
    if (!isNamed(carrier)) return false
    const percent = ((cost - baseline) * sign * 100n) / (change * sign)
    const before = whole === 0n ? 0n : (baseline * 100n) / whole
    if (percent < NAMED_PERCENT || percent < before + NAMED_MORE_PERCENT) return false
    return SCOPES[dimension] === undefined || !isTakeover(list, (cost - baseline) * sign, sign)
  })
}

/** Whether a version did what others undid; unknown, and so assumed, where not all others are listed. */
function isTakeover(list: readonly Carrier[], did: bigint, sign: bigint): boolean {
  const isCut = list.some(({ value }) => typeof value !== 'string' && value.others > 0)
  const undone = list
    .map(({ cost, baseline }) => (baseline - cost) * sign)
    .reduce((sum, against) => (against > 0n ? sum + against : sum), 0n)
  return isCut || undone * 100n > did * TAKEN_OVER_PERCENT
}

/** The value without a cost in the baseline that most of the spend is of. */
function newcomerOf(list: readonly Carrier[]): Carrier | undefined {
  const total = list.reduce((sum, { cost }) => sum + cost, 0n)
  return list.find(
    carrier =>
      isNamed(carrier) &&
      carrier.baseline === 0n &&
      carrier.cost * 100n >= total * NAMED_PERCENT &&
      total > 0n,
  )
}

const isNamed = ({ value }: Carrier): boolean => typeof value === 'string' && value !== ''
