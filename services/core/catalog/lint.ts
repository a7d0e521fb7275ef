// Looks for prices that are well-shaped and wrong: out of proportion, missing, stale. A wrong price is a wrong invoice for
// every call until somebody notices, and the sum alone never looks wrong.

import { groupBy } from '../group-by.ts'
import { compileBook } from '../price-book.ts'
import { EVERY, type PriceBookJson } from '../price-book-json.ts'
import { futureFindings, isInForce, sourceIssues, staleIssues, stepIssues } from './lint-dates.ts'
import type { LintedRule, LintFinding, LintIssue } from './lint-finding.ts'
import { ratioIssues } from './lint-ratios.ts'
import { familyIssues, snapshotIssues } from './lint-snapshots.ts'
import { ruleSheets } from './rule-sheets.ts'

export type { LintFinding } from './lint-finding.ts'

/** A finding that is right about the figure and wrong about the fault. */
export interface LintException {
  readonly rule: string
  /** Of the finding, or of something that it is within: "rules[<id>].variants[<id>]". */
  readonly path: string
  readonly reason: string
}

export interface LintOptions {
  /** YYYY-MM-DD */
  readonly today: string
  /** Models on which a finding is an error, as "provider/model". */
  readonly hot: readonly string[]
  /** A hot model whose source was not read for too long is an error, not a warning. */
  readonly strict?: boolean
  /** Every rule has to say where its prices are from. */
  readonly sourcesRequired?: boolean
  readonly exceptions?: readonly LintException[]
}

/**
 * All findings, in the order of the book. A book that does not compile has no other findings than why: what a faulty book
 * means is not defined. Those cannot be excepted.
 */
export function lintBook(book: PriceBookJson, options: LintOptions): readonly LintFinding[] {
  const compiled = compileBook(book)
  if (compiled.kind === 'complaints') return compiled.complaints.map(text => complaint(book, text))
  const { today, strict = false, sourcesRequired = false, exceptions = [] } = options
  const hot = new Set(options.hot)
  const everyRule = book.rules.map(
    (rule): LintedRule => ({ rule, model: `${rule.provider}/${rule.model}`, sheets: ruleSheets(rule) }),
  )
  const rules = everyRule.filter(({ rule }) => rule.model !== EVERY)
  const current = rules.filter(linted => isInForce(linted, today))
  const inForce = new Map(current.map(linted => [linted.model, linted]))
  const issues = [
    ...options.hot.flatMap(model => (inForce.has(model) ? [] : [unpriced(model, today)])),
    ...(sourcesRequired ? sourceIssues(everyRule) : []),
    ...rules.flatMap(ratioIssues),
    ...[...groupBy(rules, ({ model }) => model).values()].flatMap(stepIssues),
    ...snapshotIssues(book.models, inForce),
    ...familyIssues(inForce),
  ]
  const stale = staleIssues(
    current.filter(({ model }) => hot.has(model)),
    today,
  )
  const findings: LintFinding[] = [
    ...issues.map(issue => graded(issue, hot.has(issue.model))),
    ...stale.map(issue => graded(issue, strict)),
    ...futureFindings(rules, today),
  ]
  return except(findings, exceptions)
}

const graded = (issue: LintIssue, isError: boolean): LintFinding => ({
  severity: isError ? 'error' : 'warning',
  ...issue,
})

/** compileBook names places by number. */
const PLACE = /^(rules|models)\[(\d+)\]/

function complaint(book: PriceBookJson, text: string): LintFinding {
  const [, list, index] = PLACE.exec(text) ?? []
  const rule = list === 'rules' ? book.rules[Number(index)] : undefined
  const model = list === 'models' ? book.models[Number(index)] : undefined
  const name = rule ? `${rule.provider}/${rule.model}` : model ? `${model.provider}/${model.id}` : ''
  const [path = ''] = text.split(': ', 1)
  return { severity: 'error', rule: 'book', model: name, path, message: text.slice(path.length + 2) }
}

const unpriced = (model: string, today: string): LintIssue => ({
  rule: 'hot-model',
  model,
  path: `models[${model}]`,
  message: `no rule is in force on ${today}; expected is one for every hot model`,
})

function except(findings: readonly LintFinding[], exceptions: readonly LintException[]): LintFinding[] {
  const covers = ({ rule, path }: LintException, finding: LintFinding): boolean =>
    finding.rule === rule && (finding.path === path || finding.path.startsWith(`${path}.`))
  return [
    ...findings.filter(finding => !exceptions.some(exception => covers(exception, finding))),
    ...exceptions
      .filter(exception => !findings.some(finding => covers(exception, finding)))
      .map(({ rule, path }) => ({
        severity: 'warning' as const,
        rule: 'unused-exception',
        model: '',
        path,
        message: `nothing is found by ${rule} here; expected is an exception that something needs`,
      })),
  ]
}
