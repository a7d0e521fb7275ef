// What the rules of a book say over time: where each comes from, when that was last read, and how prices follow one another.
// A price that nobody has looked at for weeks is a guess, and a new one a digit off is a typing mistake.

import type { LintedRule, LintFinding, LintIssue } from './lint-finding.ts'
import { ratioOf, showRate, showRatio } from './lint-finding.ts'
import { isStep } from './lint-snapshots.ts'
import { ordinarySheet, rulePath } from './rule-sheets.ts'

/** Days for which somebody's look at a source is good enough for a hot model. */
const CHECKED_DAYS = 45
const DAY = 86_400_000

export const isInForce = ({ rule: { effective } }: LintedRule, today: string): boolean => {
  const at = `${today}T00:00:00Z`
  return effective.from <= at && (effective.to === null || at < effective.to)
}

/** Rules that do not say where their prices are from. */
export const sourceIssues = (rules: readonly LintedRule[]): LintIssue[] =>
  rules
    .filter(({ rule }) => rule.source === undefined)
    .map(({ rule, model }) => ({
      rule: 'source',
      model,
      path: `${rulePath(rule)}.source`,
      message: 'no source; expected is the page with these prices and the day on which it was read',
    }))

/** Rules that nobody has compared with their source for too long, as of a day (YYYY-MM-DD). */
export const staleIssues = (rules: readonly LintedRule[], today: string): LintIssue[] =>
  rules.flatMap(({ rule, model }) => {
    const checked = rule.source?.checked
    if (checked === undefined) return []
    const days = Math.floor((Date.parse(today) - Date.parse(checked)) / DAY)
    if (days <= CHECKED_DAYS) return []
    const message = `checked ${checked}, ${days} days before ${today}; expected are at most ${CHECKED_DAYS}`
    return [{ rule: 'checked', model, path: `${rulePath(rule)}.source.checked`, message }]
  })

/** Prices that are announced: providers have cancelled such, so somebody has to look again. */
export const futureFindings = (rules: readonly LintedRule[], today: string): LintFinding[] =>
  rules
    .filter(({ rule }) => rule.effective.from.slice(0, 10) > today)
    .map(({ rule, model, sheets }) => {
      const rates = ordinarySheet(sheets)?.rates ?? new Map()
      return {
        severity: 'info',
        rule: 'future',
        model,
        path: `${rulePath(rule)}.effective.from`,
        message: `${showRate(rates, 'input')} from ${rule.effective.from} on; expected is another look by then`,
      }
    })

/** Ordinary prices that are eight times those of the rule before, or an eighth. The rules of one model. */
export function stepIssues(rules: readonly LintedRule[]): LintIssue[] {
  if (rules.length < 2) return []
  const ordered = rules.toSorted((a, b) => (a.rule.effective.from < b.rule.effective.from ? -1 : 1))
  return ordered.flatMap((linted, i) => {
    const [before, after] = [ordered[i - 1], linted].map(entry => entry && ordinarySheet(entry.sheets))
    if (before === undefined || after === undefined) return []
    return ['input', 'output'].flatMap(bucket => {
      const [old, current] = [before.rates.get(bucket), after.rates.get(bucket)]
      const ratio = ratioOf(current, old)
      if (ratio === undefined || !isStep(current, old)) return []
      const figures = `${showRate(after.rates, bucket)} is ${showRatio(ratio)} the ${showRate(before.rates, bucket)}`
      const message = `${figures} of the rule before; expected is less than 8x`
      return [{ rule: 'step', model: linted.model, path: `${after.path}.rates.${bucket}`, message }]
    })
  })
}
