// The entries of LiteLLM's price map that are about one model as one of them: the same price twice, a region of Bedrock, a
// zone of Azure. Of two entries that contradict one another the first is kept and the other reported.

import { formatFraction } from '../money-fraction.ts'
import type { MultiplierJson, VariantJson } from '../price-book-json.ts'
import type { Entry } from './litellm-entry.ts'
import type { EntryName } from './litellm-names.ts'
import { type RuleParts, ratioTo } from './litellm-rule.ts'

/** An entry with the name that it prices and what its rule consists of. */
export interface NamedEntry {
  readonly key: string
  readonly name: EntryName
  readonly entry: Entry
  readonly parts: RuleParts
}

export interface Placed {
  readonly model: NamedEntry | undefined
  readonly skipped: readonly { readonly key: string; readonly reason: string }[]
}

/** Deployments at Azure whose price is that of the ordinary entry. */
const GLOBAL = new Set(['global', 'global-standard'])

/** One model out of all entries about it; none where only regions of it have a price. */
export function placedRules(same: readonly NamedEntry[]): Placed {
  const model = same.find(({ name }) => name.place === '') ?? same.find(({ name }) => GLOBAL.has(name.place))
  if (model === undefined) {
    return {
      model,
      skipped: same.map(({ key, name }) => ({
        key,
        reason: `only ${name.place} has a price, and its model none`,
      })),
    }
  }
  const others = same.filter(other => other !== model && priceOf(other) !== priceOf(model))
  const ordinary = others.filter(({ name }) => name.place === '' || GLOBAL.has(name.place))
  const places = others.filter(other => !ordinary.includes(other))
  const { parts, skipped } =
    model.name.provider === 'azure_openai' ? withZones(model, places) : withRegions(model, places)
  return {
    model: { ...model, parts },
    skipped: [
      ...ordinary.map(({ key }) => ({
        key,
        reason: `its price is not that of ${model.key}, the same model`,
      })),
      ...skipped,
    ],
  }
}

const priceOf = ({ parts }: NamedEntry): string => JSON.stringify(parts)

type WithPlaces = Pick<Placed, 'skipped'> & { readonly parts: RuleParts }

/** Bedrock: each region whose price differs is a variant, unless the model is also sold by service tiers. */
function withRegions({ parts }: NamedEntry, places: readonly NamedEntry[]): WithPlaces {
  const hasTiers = parts.variants.some(({ when }) => when?.service_tier !== undefined)
  if (hasTiers) {
    return { parts, skipped: places.map(({ key }) => ({ key, reason: 'a region beside service tiers' })) }
  }
  const ownBatch = parts.variants.some(({ when }) => when?.batch === true)
  const alone = ownBatch ? { batch: false } : {}
  const regions = places.flatMap(({ name, parts: own }): VariantJson[] => {
    const [standard] = own.variants
    if (standard === undefined) return []
    const when = { region: [name.place], region_class: ['in_region'], ...alone }
    return [{ ...standard, id: name.place, when }]
  })
  return { parts: { ...parts, variants: [...parts.variants, ...regions] }, skipped: [] }
}

const BATCH_DEPLOYMENTS = ['globalbatch', 'datazonebatch']

/** Azure: a data zone costs a multiple of the ordinary price; both zones are one type of deployment, so they must agree. */
function withZones({ entry, parts }: NamedEntry, places: readonly NamedEntry[]): WithPlaces {
  const factors = places.map(place => ratioTo(entry.sheets.standard, place.entry.sheets.standard, 'given'))
  const texts = new Set(factors.map(factor => (factor ? formatFraction(factor) : '')))
  const [tokens = ''] = texts
  const agree = texts.size === 1 && tokens !== ''
  const zone: MultiplierJson[] = agree
    ? [{ id: 'data-zone', when: { deployment_type: ['datazonestandard', 'datazonebatch'] }, tokens }]
    : []
  const batch = parts.multipliers.find(({ id }) => id === 'batch')
  const batches: MultiplierJson[] = batch
    ? [
        {
          id: 'batch-deployment',
          when: { batch: false, deployment_type: BATCH_DEPLOYMENTS },
          tokens: batch.tokens,
        },
      ]
    : []
  return {
    parts: { ...parts, multipliers: [...parts.multipliers, ...batches, ...zone] },
    skipped: agree
      ? []
      : places.map(({ key }) => ({
          key,
          reason: 'data zones have no common multiple of the ordinary price',
        })),
  }
}
