// The catalogue genai-prices (MIT) as models and rules of a price book. Only what it says exactly is taken: names that it lists,
// prices by their decimal text, dates of changes. Its fuzzy name patterns and its hours of the day (which ignore dates and
// weekdays) are not.

import { decimalText } from '../decimal-text.ts'
import type { ContextTierJson, ModelJson, RatesJson, RuleJson } from '../price-book-json.ts'
import { canonicalProvider } from '../providers.ts'

/** A provider as the package gives it. https://github.com/pydantic/genai-prices */
export interface CatalogueProvider {
  readonly id: string
  readonly pricing_urls?: readonly string[]
  readonly models: readonly CatalogueModel[]
}

export interface CatalogueModel {
  readonly id: string
  readonly match: CatalogueMatch
  readonly prices: CataloguePrices | readonly ConditionalPrices[]
}

export type CatalogueMatch = Readonly<Record<string, unknown>>

/** USD per unit by key, such as `input_mtok`. */
export type CataloguePrices = Readonly<Record<string, number | TieredPrice | undefined>>

/** One price for the whole request, by its input tokens: those of the last tier whose start they exceed. */
export interface TieredPrice {
  readonly base: number
  readonly tiers: readonly { readonly start: number; readonly price: number }[]
}

interface ConditionalPrices {
  readonly constraint?: { readonly type: string; readonly start_date?: string }
  readonly prices: CataloguePrices
}

export interface Catalogue {
  readonly models: readonly ModelJson[]
  readonly rules: readonly RuleJson[]
  /** "provider/model: why it is not taken" */
  readonly leftOut: readonly string[]
}

/** What a key prices, and in which unit a book writes that. */
const KEYS: Readonly<Record<string, readonly [name: string, unit: string]>> = {
  input_mtok: ['input', 'Mtok'],
  output_mtok: ['output', 'Mtok'],
  cache_read_mtok: ['cache_read', 'Mtok'],
  cache_write_mtok: ['cache_write_5m', 'Mtok'],
  cache_write_1h_mtok: ['cache_write_1h', 'Mtok'],
  output_reasoning_mtok: ['reasoning', 'Mtok'],
  input_audio_mtok: ['input_audio', 'Mtok'],
  output_audio_mtok: ['output_audio', 'Mtok'],
  cache_audio_read_mtok: ['cache_read_audio', 'Mtok'],
  input_image_mtok: ['input_image', 'Mtok'],
  output_image_mtok: ['output_image', 'Mtok'],
  cache_image_read_mtok: ['cache_read_image', 'Mtok'],
  input_video_mtok: ['input_video', 'Mtok'],
  output_video_mtok: ['video_token_out', 'M'],
  output_citation_mtok: ['citation_token', 'M'],
  web_searches_kcount: ['web_search', 'K'],
  storage_searches_kcount: ['file_search', 'K'],
  requests_kcount: ['request', 'K'],
  input_text_messages_kcount: ['text_message', 'K'],
  audio_hours: ['audio_second_in', 'hour'],
  input_audio_hours: ['audio_second_in', 'hour'],
  input_document_kpages: ['page', 'K'],
  input_annotated_document_kpages: ['annotated_page', 'K'],
}

/** Digits after the point of a rate, as a book can hold them. */
const MOST_DECIMALS = 12

/** Where the catalogue dates no beginning. */
const SINCE_EVER = '2020-01-01'

/** OpenAI writes "> 272K" where the catalogue has "from 272,000 on". https://developers.openai.com/api/docs/pricing */
const OPENAI_LONG_CONTEXT = 271_999

// https://open.bigmodel.cn/pricing is in CNY, and only the cheapest of its tiers is in the catalogue.
const NOT_IN_USD: ReadonlySet<string> = new Set(['zhipuai'])

/** Names of fine-tuned models hold their owner's name; the catalogue knows only how they begin. */
const FINE_TUNED = /^ft:|\.ft-/

/** How a provider's dated snapshots are called. */
const SNAPSHOTS: Readonly<Record<string, string>> = {
  openai: '-\\d{4}-\\d{2}-\\d{2}',
  azure_openai: '-\\d{4}-\\d{2}-\\d{2}',
  anthropic: '-\\d{8}',
}

/**
 * @param checked day on which the catalogue's version was published: "2026-09-23"
 * @throws Error for a key or a figure that it does not know how to write exactly
 */
export function readCatalogue(
  providers: readonly CatalogueProvider[],
  { version, checked }: { readonly version: string; readonly checked: string },
): Catalogue {
  const models: ModelJson[] = []
  const rules: RuleJson[] = []
  const leftOut: string[] = []
  for (const entry of providers) {
    const provider = canonicalProvider(entry.id)
    const taken = new Set<string>()
    const url = entry.pricing_urls?.[0] ?? 'https://github.com/pydantic/genai-prices'
    for (const model of entry.models) {
      const id = model.id.toLowerCase()
      const names = [id, ...exactNames(model.match)].filter((name, i, all) => all.indexOf(name) === i)
      const exact = names.filter(name => !taken.has(name))
      const lost: string[] = []
      const own = readRules(provider, id, model.prices, lost)
      if (exact.length === 0 || taken.has(id)) {
        leftOut.push(`${provider}/${id}: another model has its name`)
      } else if (NOT_IN_USD.has(provider)) {
        leftOut.push(`${provider}/${id}: its price is converted from another currency`)
      } else if (FINE_TUNED.test(id)) {
        leftOut.push(`${provider}/${id}: it is the beginning of a name`)
      } else if (typeof own === 'string') {
        leftOut.push(`${provider}/${id}: ${own}`)
      } else {
        for (const name of exact) taken.add(name)
        models.push({ provider, id, match: { exact, ...datedPattern(provider, id) } })
        leftOut.push(...lost.map(price => `${provider}/${id}: its ${price} is no exact decimal`))
        const source = { url, checked, note: `genai-prices ${version}` }
        rules.push(...own.map(rule => ({ ...rule, source })))
      }
    }
  }
  return { models, rules, leftOut }
}

/** Every name that a pattern lists in full. */
function exactNames(match: CatalogueMatch): string[] {
  return Object.entries(match).flatMap(([kind, value]) => {
    if (kind === 'equals') return [String(value).toLowerCase()]
    return kind === 'or' ? (value as readonly CatalogueMatch[]).flatMap(exactNames) : []
  })
}

function datedPattern(provider: string, id: string): { dated: string } | object {
  const snapshot = SNAPSHOTS[provider]
  if (snapshot === undefined || /-\d{4}-?\d{2}-?\d{2}$/.test(id)) return {}
  return { dated: `^${id.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}${snapshot}$` }
}

/** Consecutive rules, or why there are none. */
function readRules(
  provider: string,
  id: string,
  prices: CatalogueModel['prices'],
  lost: string[],
): RuleJson[] | string {
  const entries = Array.isArray(prices) ? (prices as readonly ConditionalPrices[]) : undefined
  if (entries?.some(({ constraint }) => constraint?.type === 'time_of_date')) {
    return 'its hours of the day have no weekdays and no dates'
  }
  const dated = (entries ?? [{ prices: prices as CataloguePrices }])
    .map(entry => ({ from: entry.constraint?.start_date ?? SINCE_EVER, prices: entry.prices }))
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
  const rules = dated.map(({ from, prices: own }, i): RuleJson => {
    const next = dated[i + 1]
    return {
      id: `${provider}/${id}/${from}`,
      provider,
      model: id,
      effective: { from: instant(from), to: next ? instant(next.from) : null },
      variants: [{ id: 'standard', ...readSheet(own, lost) }],
    }
  })
  return rules.some(rule => Object.keys(rule.variants[0]?.rates ?? {}).length === 0)
    ? 'it has no price'
    : rules
}

const instant = (day: string): string => `${day}T00:00:00Z`

/** Prices that no decimal text has are added to `lost` and are missing in the sheet. */
function readSheet(
  prices: CataloguePrices,
  lost: string[],
): { rates: RatesJson; context_tiers?: ContextTierJson[] } {
  const given = Object.entries(prices).flatMap(([key, price]) =>
    price === undefined ? [] : [{ key, price }],
  )
  const sheet = (priceOf: (price: number | TieredPrice) => number | undefined): RatesJson =>
    Object.fromEntries(
      given.flatMap(({ key, price }) => {
        const usd = priceOf(price)
        const rate = usd === undefined ? undefined : rateOf(key, usd)
        if (usd !== undefined && rate === undefined) lost.push(`${key} ${usd}`)
        return rate ? [rate] : []
      }),
    )
  const rates = sheet(price => (typeof price === 'number' ? price : price.base))
  const starts = given.flatMap(({ price }) =>
    typeof price === 'number' ? [] : price.tiers.map(t => t.start),
  )
  const thresholds = [...new Set(starts)].toSorted((a, b) => a - b)
  if (thresholds.length === 0) return { rates }
  const tiers = thresholds.map(start => ({
    metric: 'input_total' as const,
    gt: start === OPENAI_LONG_CONTEXT ? start + 1 : start,
    rates: sheet(price => (typeof price === 'number' ? undefined : priceAt(price, start))),
  }))
  return { rates, context_tiers: tiers }
}

const priceAt = ({ base, tiers }: TieredPrice, start: number): number =>
  tiers.filter(tier => tier.start <= start).toSorted((a, b) => b.start - a.start)[0]?.price ?? base

function rateOf(key: string, price: number): [name: string, rate: string] | undefined {
  const known = KEYS[key]
  if (known === undefined) throw new Error(`genai-prices has a key that is not known: ${key}`)
  const [name, unit] = known
  const text = priceText(price)
  return text === undefined ? undefined : [name, `${text}/${unit}`]
}

/** Digits that a published price may have, and that a float keeps through a division. */
const PRICE_DIGITS = 14

/**
 * What somebody wrote: 0.18000000000000002 is 0.18 after a division. undefined for what is no decimal that a book can hold:
 * 0.08333333333333334.
 */
function priceText(price: number): string | undefined {
  const near = Number(price.toPrecision(PRICE_DIGITS))
  if (Math.abs(near - price) > price * 2 ** -51) return undefined
  const text = decimalText(near)
  return (text?.split('.')[1]?.length ?? 0) > MOST_DECIMALS ? undefined : text
}
