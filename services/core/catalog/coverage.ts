// The table of the models that are asked for most: what each costs on a day and where that is from, or why it has no price.
// A reader who finds a wrong line here knows which page to hold against it.

import type { PriceBook } from '../price-book.ts'
import type { RuleJson } from '../price-book-json.ts'
import type { WhenJson } from '../price-conditions.ts'
import { ruleAt } from '../price-select.ts'
import { isTokenBucket } from '../tokens.ts'
import { effectiveRates } from './effective-rates.ts'

export interface CoverageEntry {
  readonly provider: string
  /** The name that a call is sent or answered with. */
  readonly model: string
  /** Why there is no price, where that is known. */
  readonly reason?: string
}

export interface Coverage extends CoverageEntry {
  /** What prices the call; undefined where the book has no rule. */
  readonly rule: RuleJson | undefined
  readonly regionClass: string
}

/** @param at ms: the moment whose rates count */
export const coverage = (book: PriceBook, entries: readonly CoverageEntry[], at: number): Coverage[] =>
  entries.map(entry => {
    const target = book.find(entry.provider, entry.model)
    return {
      ...entry,
      rule: target && ruleAt(target.model.rules, at)?.json,
      regionClass: target?.regionClass ?? '',
    }
  })

const BUCKETS = ['input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h'] as const

/** A Markdown table; rates are USD per million tokens, as an ordinary call from that place meets them. */
export function coverageTable(covered: readonly Coverage[]): string {
  const head = ['provider', 'model', 'input', 'output', 'cache read', 'write 5m', 'write 1h', 'other rates']
  const rows = [
    [...head, 'also priced', 'source, checked'],
    Array.from({ length: head.length + 2 }, () => '---'),
    ...covered.map(row),
  ]
  return rows.map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function row({ provider, model, reason, rule, regionClass }: Coverage): string[] {
  const name = `\`${model}\``
  if (rule === undefined) return [provider, name, '', '', '', '', '', '', '', reason ?? 'not in the book']
  const rates = effectiveRates(rule, regionClass)
  const written = rule.variants.find(({ when }) => when === undefined)?.rates ?? {}
  const other = Object.entries(written).filter(([bucket]) => !BUCKETS.some(known => known === bucket))
  const { url = '', checked = '' } = rule.source ?? {}
  return [
    provider,
    name,
    ...BUCKETS.map(bucket => perMillion(rates.get(bucket))),
    other.map(([bucket, rate]) => `${bucket} ${rate.replace('/Mtok', '')}`).join(', '),
    alsoPriced(rule, regionClass !== '').join(', '),
    url === '' ? '' : `[${new URL(url).hostname}](${url}), ${checked}`,
  ]
}

const perMillion = (usd: { n: bigint; d: bigint } | undefined): string =>
  usd === undefined ? '' : String(Number((Number(usd.n * 1_000_000n) / Number(usd.d)).toPrecision(12)))

/** Long contexts, variants and multipliers by their names; without those of the place where the name tells that. */
function alsoPriced(rule: RuleJson, isPlaced: boolean): string[] {
  const isOther = ({ when = {} }: { readonly when?: WhenJson }): boolean =>
    !isPlaced || Object.keys(when).some(name => name !== 'region_class')
  const longest = rule.variants.flatMap(({ context_tiers = [] }) =>
    context_tiers.map(({ gt, gte }) => (gt === undefined ? `>= ${gte} tokens` : `> ${gt} tokens`)),
  )
  const variants = rule.variants
    .filter(variant => variant.when !== undefined && isOther(variant) && !isRefused(variant.rates))
    .map(({ id }) => id)
  const multipliers = (rule.multipliers ?? []).filter(isOther).map(({ id, tokens }) => `${id} x ${tokens}`)
  return [...new Set([...longest, ...variants, ...multipliers])]
}

const isRefused = (rates: RuleJson['variants'][number]['rates']): boolean =>
  rates !== undefined &&
  Object.entries(rates).every(([name, rate]) => !isTokenBucket(name) || rate === 'REFUSE')
