// One entry of LiteLLM's price map as sheets of rates. An entry with a figure that cannot be read is left out whole: half of
// its fields would be a price that nobody has.

import { type Fraction, formatFraction, parseDecimal } from '../money-fraction.ts'
import type { MultiplierJson, RatesJson } from '../price-book-json.ts'
import { isTokenBucket } from '../tokens.ts'
import { type CostField, costField, isCostField, rateText, type Served } from './litellm-keys.ts'

export type RawEntry = Readonly<Record<string, unknown>>

export interface Sheet {
  readonly rates: RatesJson
  /** By the number of input tokens above which they hold. */
  readonly tiers: ReadonlyMap<number, RatesJson>
}

export interface Entry {
  readonly sheets: Readonly<Record<Served, Sheet>>
  readonly multipliers: readonly MultiplierJson[]
  /** Fields that look like a price and were not read. */
  readonly unread: readonly string[]
}

/** Why an entry is left out. */
export interface Refused {
  readonly reason: string
}

export const isRefused = (read: object): read is Refused => 'reason' in read

type Rates = Record<string, string>

interface DraftSheet {
  readonly rates: Rates
  readonly tiers: Map<number, Rates>
}

/** Reads the fields of an entry; `mode` is what its model does. */
export function readEntry(raw: RawEntry): Entry | Refused {
  if (raw['off_peak_pricing'] !== undefined)
    return { reason: 'off_peak_pricing: its price depends on the hour' }
  const mode = String(raw['mode'] ?? '')
  const sheets = { standard: draft(), priority: draft(), flex: draft(), batches: draft() }
  const unread: string[] = []
  const multipliers: MultiplierJson[] = []
  for (const [key, value] of Object.entries(raw)) {
    const field = costField(key, mode)
    const fault = field
      ? put(sheets[field.served], field, value, key)
      : key === 'tiered_pricing'
        ? putRanges(sheets, value, mode)
        : undefined
    if (fault !== undefined) return { reason: fault }
    if (field || key === 'tiered_pricing' || !isCostField(key)) continue
    const extra = readSpecial(key, value)
    if (extra === undefined) {
      if (!isNothing(value)) unread.push(key)
    } else if ('rates' in extra) {
      Object.assign(sheets.standard.rates, extra.rates)
    } else {
      multipliers.push(...extra.multipliers)
      unread.push(...extra.unread)
    }
  }
  for (const sheet of Object.values(sheets)) dropPlainReasoning(sheet)
  return { sheets, multipliers, unread }
}

const draft = (): DraftSheet => ({ rates: {}, tiers: new Map() })

const isNothing = (value: unknown): boolean => value === null || Number(value) === 0

/** Writes one price; answers what is wrong with it. */
function put(sheet: DraftSheet, field: CostField, value: unknown, key: string): string | undefined {
  if (value === null) return undefined
  const rate = rateText(value, field.unit, field.per)
  if (rate === undefined) {
    return `${key}: ${JSON.stringify(value)} is no price of at most 12 decimals per ${field.unit}`
  }
  const rates = field.above === 0 ? sheet.rates : (sheet.tiers.get(field.above) ?? {})
  if (field.above > 0) sheet.tiers.set(field.above, rates)
  const other = rates[field.name]
  if (other !== undefined && other !== rate && !isFree(other) && !isFree(rate)) {
    return `${key}: ${field.name} has two prices, ${other} and ${rate}`
  }
  if (other === undefined || isFree(other)) rates[field.name] = rate
  return undefined
}

export const isFree = (rate: string): boolean => /^0(?:\.0+)?\//.test(rate)

/** `tiered_pricing`: prices by ranges of input tokens, in any order; the last may be open (null). */
function putRanges(sheets: Record<Served, DraftSheet>, value: unknown, mode: string): string | undefined {
  const ranges = Array.isArray(value) ? value.map(readRange) : []
  if (ranges.length === 0 || ranges.includes(undefined)) return 'tiered_pricing: is no list of ranges'
  const ordered = ranges.flatMap(range => range ?? []).toSorted((a, b) => a.from - b.from)
  for (const [i, { from, fields }] of ordered.entries()) {
    const end = ordered[i - 1]?.to
    if (i > 0 && end !== from) return `tiered_pricing: ranges do not meet at ${from}`
    for (const [key, price] of Object.entries(fields)) {
      const field = costField(key, mode)
      if (field === undefined || field.above > 0) return `tiered_pricing: ${key} is not read`
      const sheet = sheets[field.served]
      // The range from 0 on is the ordinary price, whatever the entry says beside it.
      if (from === 0) delete sheet.rates[field.name]
      const fault = put(sheet, { ...field, above: from }, price, `tiered_pricing: ${key}`)
      if (fault !== undefined) return fault
    }
  }
  return undefined
}

function readRange(value: unknown): { from: number; to: number | null; fields: RawEntry } | undefined {
  if (typeof value !== 'object' || value === null || !('range' in value)) return undefined
  const { range, ...fields } = value as { range: unknown } & RawEntry
  const [from, to = null] = Array.isArray(range) ? range.map(end => (end === null ? null : Number(end))) : []
  if (from == null || !Number.isSafeInteger(from) || from < 0) return undefined
  return to === null || to > from ? { from, to, fields } : undefined
}

type Special =
  | { readonly rates: Rates }
  | { readonly multipliers: MultiplierJson[]; readonly unread: string[] }

/** Fields that are no single price. undefined for one that is not read. */
function readSpecial(key: string, value: unknown): Special | undefined {
  if (key === 'search_context_cost_per_query') {
    const rate = commonValue(value)
    return rate === undefined ? undefined : { rates: { web_search: rate } }
  }
  const residency = /^regional_processing_uplift_multiplier_([a-z]{2})$/.exec(key)?.[1]
  if (residency) return multiplied([[`residency-${residency}`, { inference_geo: [residency] }, value, key]])
  if (key === 'regional_endpoint_uplift_multiplier') {
    return multiplied([['regional', { region_class: ['in_region'] }, value, key]])
  }
  if (key !== 'provider_specific_entry' || typeof value !== 'object' || value === null) return undefined
  const given = Object.entries(value)
  const known = given.flatMap(([name, factor]): Factor[] => {
    const path = `${key}.${name}`
    if (name === 'us') return [['geo-us', { inference_geo: ['us'] }, factor, path]]
    if (name === 'fast') return [['fast', { speed: ['fast'] }, factor, path]]
    return []
  })
  const unread = given.flatMap(([name]) => (['us', 'fast'].includes(name) ? [] : [`${key}.${name}`]))
  const { multipliers, unread: bad } = multiplied(known)
  return { multipliers, unread: [...unread, ...bad] }
}

/** The price of a search where it is the same for every size of context. */
function commonValue(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return rateText(value, 'K')
  const rates = new Set(Object.values(value).map(price => rateText(price, 'K')))
  return rates.size === 1 ? [...rates][0] : undefined
}

type Factor = readonly [id: string, when: MultiplierJson['when'], factor: unknown, path: string]

function multiplied(factors: readonly Factor[]): { multipliers: MultiplierJson[]; unread: string[] } {
  const multipliers: MultiplierJson[] = []
  const unread: string[] = []
  for (const [id, when, factor, path] of factors) {
    const exact: Fraction | undefined = parseDecimal(String(factor))
    if (exact === undefined || exact.n === 0n) unread.push(path)
    else multipliers.push({ id, when, tokens: formatFraction(exact) })
  }
  return { multipliers, unread }
}

/** Reasoning costs what output costs unless something else is said. */
function dropPlainReasoning({ rates, tiers }: DraftSheet): void {
  const parts = [rates, ...tiers.values()]
  if (parts.every(part => part['reasoning'] === undefined || part['reasoning'] === part['output'])) {
    for (const part of parts) delete part['reasoning']
  }
}

/** Rates of tokens alone. */
export const tokenRates = (rates: RatesJson): RatesJson =>
  Object.fromEntries(Object.entries(rates).filter(([name]) => isTokenBucket(name)))

/** Rates of units alone. */
export const unitRates = (rates: RatesJson): RatesJson =>
  Object.fromEntries(Object.entries(rates).filter(([name]) => !isTokenBucket(name)))
