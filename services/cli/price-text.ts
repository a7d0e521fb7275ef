// A rule of the price book for a person: every rate that it has, when it applies and who said so.

import type { RuleRow } from '../api/prices/rows.ts'
import type { Io } from './io.ts'
import { plain } from './plain.ts'
import { table } from './table.ts'

/** Rates, multipliers and source of one rule. */
export function renderRule(io: Io, row: RuleRow): string {
  const columns = [
    ...['variant', 'context', 'what'].map(head => ({ head })),
    { head: 'USD', align: 'right' as const },
    { head: 'when' },
  ]
  return [
    plain(`${row.provider} ${row.model}, rule ${row.rule_id}, ${periodText(row)}`),
    table(io, columns, [...variantLines(row), ...multiplierLines(row)]),
    plain(sourceText(row)),
  ].join('\n')
}

/** Rules as one line each. */
export function ruleTable(io: Io, rows: readonly RuleRow[]): string {
  const columns = ['provider', 'model', 'from', 'to', 'input', 'output', 'rule'].map(head => ({ head }))
  return table(
    io,
    columns,
    rows.map(({ provider, model, from, to, rates, rule_id }) => [
      provider,
      model,
      from,
      to ?? '',
      rates['input'] ?? '',
      rates['output'] ?? '',
      rule_id,
    ]),
  )
}

const periodText = ({ from, to }: RuleRow): string => `from ${from} ${to === null ? 'on' : `to ${to}`}`

function variantLines({ variants }: RuleRow): string[][] {
  return variants.flatMap(({ id, when, rates, context_tiers }) => [
    ...rateLines(rates, [id, ''], conditionText(when)),
    ...context_tiers.flatMap(tier =>
      rateLines(tier.rates, [id, `over ${tier.above} input tokens`], conditionText(when)),
    ),
  ])
}

/** One line for each rate, with everything that has it; what a line shares with the one above is left out. */
function rateLines(rates: Readonly<Record<string, string>>, heads: readonly string[], when: string) {
  const names = new Map<string, string[]>()
  for (const [name, rate] of Object.entries(rates)) names.set(rate, [...(names.get(rate) ?? []), name])
  if (names.size === 0) return [[...heads, 'no price', '', when]]
  return [...names].map(([rate, same], i) => [
    ...heads.map(head => (i === 0 ? head : '')),
    same.join(', '),
    rate,
    i === 0 ? when : '',
  ])
}

const multiplierLines = ({ multipliers }: RuleRow): string[][] =>
  multipliers.map(({ id, tokens, when }) => [id, '', 'all tokens', `x ${tokens}`, conditionText(when)])

function sourceText({ source }: RuleRow): string {
  if (source === null || source === undefined) return 'no source is given'
  const note = source.note ? ` (${source.note})` : ''
  return `source: ${source.url}, checked ${source.checked}${note}`
}

const conditionText = (when: object): string =>
  Object.entries(when)
    .map(([name, wanted]) => `${name} ${valueText(wanted)}`)
    .join(', ')

function valueText(wanted: unknown): string {
  if (Array.isArray(wanted)) return wanted.join(' or ')
  return typeof wanted === 'object' ? JSON.stringify(wanted) : String(wanted)
}
