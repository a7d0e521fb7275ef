// LiteLLM's price map as an overlay, for those who trust it. The map knows no dates, so its prices of today are taken to hold
// for all times; what it says in a way that no rule can say is left out, with the reason.
// https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json

import { groupBy } from '../group-by.ts'
import type { PriceOverlayJson, RuleJson } from '../price-book-json.ts'
import {
  type Entry,
  isFree,
  isRefused,
  type RawEntry,
  readEntry,
  type Sheet,
  tokenRates,
  unitRates,
} from './litellm-entry.ts'
import { isCostField } from './litellm-keys.ts'
import { aliasOf, entryName } from './litellm-names.ts'
import { type NamedEntry, placedRules } from './litellm-places.ts'
import { ruleParts } from './litellm-rule.ts'

const MAP_PAGE = 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json'
const FROM = '2020-01-01T00:00:00Z'

/** An entry that is not in the overlay, or (`key.field`) a field of one that is. */
export interface SkippedEntry {
  readonly key: string
  readonly reason: string
}

export interface ImportedMap {
  readonly overlay: PriceOverlayJson
  readonly skipped: readonly SkippedEntry[]
}

/**
 * @param map the parsed file `model_prices_and_context_window.json`
 * @param options.on the day (YYYY-MM-DD) on which the map was read: the `checked` of every rule
 * @param options.source where it was read from, for `built_from`
 */
export function importLitellm(
  map: unknown,
  { on, source }: { readonly on: string; readonly source: string },
): ImportedMap {
  const entries = new Map(Object.entries(isObject(map) ? map : {}).filter(([key]) => key !== 'sample_spec'))
  const skipped: SkippedEntry[] = []
  const named: NamedEntry[] = []
  for (const [key, value] of entries) {
    const read = readNamed(key, value, entries)
    if ('reason' in read) skipped.push({ key, reason: read.reason })
    else {
      named.push(read)
      skipped.push(
        ...read.entry.unread.map(field => ({ key: `${key}.${field}`, reason: 'this field is not read' })),
      )
    }
  }
  const rules: RuleJson[] = []
  for (const [, same] of groupBy(named, ({ name }) => `${name.provider}\n${name.id.toLowerCase()}`)) {
    const placed = placedRules(same)
    skipped.push(...placed.skipped)
    if (placed.model) rules.push(ruleOf(placed.model, on))
  }
  return {
    overlay: {
      $schema: 'price-book/v1',
      book: {
        id: 'litellm',
        version: on,
        currency: 'USD',
        built_from: [{ source, version: on }],
      },
      rules: withoutRepeats(rules).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    },
    skipped,
  }
}

const isObject = (value: unknown): value is RawEntry =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readNamed(
  key: string,
  value: unknown,
  entries: ReadonlyMap<string, unknown>,
): NamedEntry | { readonly reason: string } {
  if (!isObject(value)) return { reason: 'it is no object' }
  const litellmProvider = value['litellm_provider']
  if (typeof litellmProvider !== 'string' || litellmProvider === '') return { reason: 'it names no provider' }
  const name = entryName(key, litellmProvider)
  if ('reason' in name) return name
  const read = readEntry(inherited(key, value, entries))
  if (isRefused(read)) return read
  const entry = priced(key, value, read)
  return isRefused(entry) ? entry : { key, name, entry, parts: ruleParts(name.provider, entry) }
}

/**
 * Responses name the dated snapshot, and the map often has tiers and batches of its alias alone. Where both have the same
 * base prices the snapshot is sold like its alias.
 */
function inherited(key: string, own: RawEntry, entries: ReadonlyMap<string, unknown>): RawEntry {
  const alias = entries.get(aliasOf(key) ?? '')
  if (!isObject(alias)) return own
  const isSame = ['litellm_provider', 'input_cost_per_token', 'output_cost_per_token'].every(
    field => String(own[field]) === String(alias[field]),
  )
  if (!isSame || own['input_cost_per_token'] === undefined) return own
  return { ...Object.fromEntries(Object.entries(alias).filter(([field]) => isCostField(field))), ...own }
}

/** What a maker gives away or what runs on the user's own machine; everywhere else 0 means that nobody filled it in. */
const FREE_PROVIDERS = new Set(['ollama', 'ollama_chat'])
const isFreeOfCharge = (key: string, raw: RawEntry): boolean =>
  raw['mode'] === 'moderation' || key.endsWith(':free') || FREE_PROVIDERS.has(String(raw['litellm_provider']))

const CHAT_MODES = new Set(['chat', 'completion', 'responses'])

/** The entry with what is really a price of it. */
function priced(key: string, raw: RawEntry, entry: Entry): Entry | { readonly reason: string } {
  const { rates, tiers } = entry.sheets.standard
  const all = [rates, ...tiers.values()].flatMap(part => Object.values(part))
  if (Object.keys(rates).length === 0) return { reason: 'it has no price' }
  if (all.every(isFree)) return isFreeOfCharge(key, raw) ? entry : { reason: 'all its prices are 0' }
  const tokens = [rates, ...tiers.values()].flatMap(part => Object.values(tokenRates(part)))
  if (tokens.every(isFree)) {
    const units: Sheet = { rates: unitRates(rates), tiers: new Map() }
    if (Object.values(units.rates).every(isFree)) return { reason: 'all its ordinary prices are 0' }
    return { ...entry, sheets: { ...entry.sheets, standard: units } }
  }
  const missing = ['input', 'output'].filter(bucket => rates[bucket] === undefined)
  return CHAT_MODES.has(String(raw['mode'])) && missing.length > 0
    ? { reason: `it has no price for ${missing.join(' and ')}` }
    : entry
}

const ruleOf = ({ key, name: { provider, id }, parts }: NamedEntry, on: string): RuleJson => ({
  id: `${provider}/${id}/${FROM.slice(0, 10)}`,
  provider,
  model: id,
  effective: { from: FROM, to: null },
  variants: parts.variants,
  ...(parts.multipliers.length > 0 ? { multipliers: parts.multipliers } : {}),
  source: {
    url: MAP_PAGE,
    checked: on,
    note: `Entry ${key}. The map has no history: its price when it was read, taken to hold for all times.`,
  },
})

const BEDROCK_GEO = /^(?:global|us|eu|apac|jp|au|us-gov)\./

/** Bedrock's `us.x` needs no rule of its own where it costs what x does. */
function withoutRepeats(rules: readonly RuleJson[]): RuleJson[] {
  // Variants for single regions are for names without a geography.
  const priceOf = ({ variants, multipliers }: RuleJson): string =>
    JSON.stringify([variants.filter(({ when }) => when?.region === undefined), multipliers])
  const bare = new Map(
    rules.filter(rule => rule.provider === 'aws_bedrock').map(rule => [rule.model, priceOf(rule)]),
  )
  return rules.filter(rule => {
    const local = rule.model.replace(BEDROCK_GEO, '')
    const isOfPlace = rule.provider === 'aws_bedrock' && local !== rule.model
    return !(isOfPlace && bare.get(local) === priceOf(rule))
  })
}
