// What models have to do with one another: a dated snapshot is served under the prices of its alias, and models of a family
// cost about the same wherever they are sold. A snapshot that lacks what its alias has falls back to ordinary prices.

import { groupBy } from '../group-by.ts'
import { type Fraction, formatFraction, fraction } from '../money-fraction.ts'
import type { ModelJson } from '../price-book-json.ts'
import {
  isAtLeast,
  type LintedRule,
  type LintIssue,
  ratioOf,
  showRate,
  showRatio,
  showUsd,
} from './lint-finding.ts'
import { ordinarySheet, rulePath } from './rule-sheets.ts'

const DATED = /-(\d{4}-\d{2}-\d{2}|\d{8})$/
const MOST_SHOWN = 6

/** Snapshots that cost what their alias costs for ordinary calls, but not for all. `inForce` by "provider/model". */
export function snapshotIssues(
  models: readonly ModelJson[],
  inForce: ReadonlyMap<string, LintedRule>,
): LintIssue[] {
  const owners = new Map(
    models.flatMap(({ provider, id, match }) =>
      match.exact.map((name): [string, string] => [`${provider}/${name}`, `${provider}/${id}`]),
    ),
  )
  return models.flatMap(({ provider, id }) => {
    const name = `${provider}/${id}`
    const snapshot = inForce.get(name)
    const alias = DATED.test(id) ? inForce.get(owners.get(name.replace(DATED, '')) ?? '') : undefined
    if (snapshot === undefined || alias === undefined || snapshot === alias) return []
    const [mine, theirs] = [pricesOf(snapshot), pricesOf(alias)]
    if (baseOf(snapshot) !== baseOf(alias)) return []
    const different = [...new Set([...theirs.keys(), ...mine.keys()])]
      .filter(field => mine.get(field) !== theirs.get(field))
      .map(field => `${field} is ${mine.get(field) ?? 'missing'}, not ${theirs.get(field) ?? 'missing'}`)
    if (different.length === 0) return []
    const more = different.length > MOST_SHOWN ? `, and ${different.length - MOST_SHOWN} more` : ''
    const message = `costs what ${alias.model} costs, but ${different.slice(0, MOST_SHOWN).join('; ')}${more}`
    return [{ rule: 'snapshot', model: name, path: rulePath(snapshot.rule), message }]
  })
}

const textOf = ({ n, d }: Fraction): string => formatFraction(fraction(n, d))

function baseOf({ sheets }: LintedRule): string {
  const rates = ordinarySheet(sheets)?.rates
  return ['input', 'output'].map(name => textOf(rates?.get(name) ?? { n: 0n, d: 1n })).join(' ')
}

/** Everything that a rule says of prices, in USD per thing. */
function pricesOf({ rule, sheets }: LintedRule): Map<string, string> {
  return new Map([
    ...sheets.flatMap(({ variant, above, rates }) =>
      [...rates].map(
        ([name, usd]) =>
          [`${variant.id} ${above > 0 ? `>${above} ` : ''}${name}`, showUsd(name, usd)] as const,
      ),
    ),
    ...(rule.multipliers ?? []).map(({ id, tokens }) => [`multiplier ${id}`, tokens] as const),
  ])
}

const STEP: Fraction = { n: 8n, d: 1n }
const NO_NAME = /^(\d.*|v\d*|latest|preview|exp|beta|)$/

/** "claude-opus" for "anthropic.claude-opus-4-5-20251101-v1:0": a name without its seller, versions, sizes and dates. */
export const familyOf = (id: string): string =>
  (id.toLowerCase().split('/').at(-1) ?? '')
    .replace(/^ft:/, 'ft-')
    .replace(/^[a-z]+\./, '')
    .split(/[-_.:@ ]/)
    .map(word => word.replace(/(?<=[a-z])\d+$/, ''))
    .filter(word => !NO_NAME.test(word))
    .join('-')

/** Models that cost eight times more, or less, than whichever of their family comes nearest. */
export function familyIssues(inForce: ReadonlyMap<string, LintedRule>): LintIssue[] {
  return [...groupBy([...inForce.values()], ({ rule }) => familyOf(rule.model)).values()].flatMap(family =>
    family.length < 2 ? [] : ['input', 'output'].flatMap(bucket => outliers(family, bucket)),
  )
}

function outliers(family: readonly LintedRule[], bucket: string): LintIssue[] {
  const priced = family
    .flatMap(linted => {
      const sheet = ordinarySheet(linted.sheets)
      const usd = sheet?.rates.get(bucket)
      return sheet === undefined || usd === undefined || usd.n === 0n ? [] : [{ linted, sheet, usd }]
    })
    .toSorted((a, b) => (isAtLeast(a.usd, b.usd) ? 1 : -1))
  return priced.flatMap(({ linted, sheet, usd }, i) => {
    const neighbours = [priced[i - 1], priced[i + 1]].flatMap(neighbour => neighbour ?? [])
    const [nearest] = neighbours
    if (nearest === undefined || neighbours.some(neighbour => !isStep(usd, neighbour.usd))) return []
    const figures = `${showRate(sheet.rates, bucket)} is ${showRatio(ratioOf(usd, nearest.usd) ?? STEP)}`
    return [
      {
        rule: 'family-step',
        model: linted.model,
        path: `${sheet.path}.rates.${bucket}`,
        message: `${figures} that of ${nearest.linted.model}, the next of its family; expected is less than 8x`,
      },
    ]
  })
}

/** Whether one of two prices is eight times the other, or more. */
export function isStep(a: Fraction | undefined, b: Fraction | undefined): boolean {
  const [up, down] = [ratioOf(a, b), ratioOf(b, a)]
  return up !== undefined && down !== undefined && (isAtLeast(up, STEP) || isAtLeast(down, STEP))
}
