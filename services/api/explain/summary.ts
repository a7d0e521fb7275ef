// What a person on call reads first: how much, why, and who. Every figure is of the answer below it.

import type { ModelAmounts } from '#core/explain/amounts.ts'
import type { Decomposition } from '#core/explain/decompose.ts'
import type { Window } from '#core/periods.ts'
import type { Coverage } from '../answer/meta.ts'
import type { Filter } from '../query/filters.ts'
import { carriedWords } from './carried-words.ts'
import type { CarrierDimension, Carriers } from './carriers.ts'
import { type Cause, causeWords, mainCause, mainOffset } from './causes.ts'
import { daysOf } from './days.ts'
import type { Period } from './measures.ts'
import type { ExplainQuery } from './question.ts'
import { counted, nameOf, signedPercent, usd, valueText } from './words.ts'

export interface Explained {
  readonly query: ExplainQuery
  readonly models: readonly ModelAmounts[]
  readonly found: Decomposition
  readonly carried: Readonly<Record<CarrierDimension, Carriers>>
  /** As counted: scaled counts are rounded, and a few calls would be none. */
  readonly coverage: Readonly<Record<Period, Coverage>>
  readonly progress: Progress
  /** Whether the ledger has all of the baseline that is compared. */
  readonly complete: boolean
}

/** What is still to come of a window. */
export type Progress = 'running' | 'arriving' | 'done'

const PROGRESS: Readonly<Record<Progress, readonly string[]>> = {
  running: ['The window is not over.'],
  arriving: ['Events of the window may still arrive.'],
  done: [],
}

/** @param known ms; where no freshness is known, all that has happened counts as in */
export function progressOf(
  { to }: Window,
  known: { readonly freshUntil: number | null; readonly now: number },
): Progress {
  if (to > known.now) return 'running'
  return to > (known.freshUntil ?? known.now) ? 'arriving' : 'done'
}

export function summaryOf(explained: Explained): string {
  const { query, found, carried, coverage, progress, complete } = explained
  // New spend has no cause to be found in figures, and spend that ended needs none.
  const isComparable = found.parts.new === 0n && !isNone(coverage.current.calls)
  const cause = isComparable ? mainCause(found) : undefined
  return [
    changeWords(explained),
    ...(cause ? [causeSentence(cause, explained)] : []),
    ...carriedWords({ filters: query.filters, found, carried, modelIsNamed: cause === 'mix' }),
    ...weekdayWords(explained),
    ...unpricedWords(explained),
    ...PROGRESS[progress],
    ...(complete ? [] : ['The ledger does not have all of that baseline.']),
  ].join(' ')
}

function causeSentence(cause: Cause, { query, models, found, coverage }: Explained): string {
  const words = causeWords(cause, {
    models,
    scale: query.baseline.scale,
    found,
    hasUnpriced: hasUnpriced(coverage),
  })
  return `${partWords(cause, found)}: ${words}.`
}

/** A part that is larger than the change explains more than there is: then what took it back belongs beside it. */
export function partWords(cause: Cause, { change, parts }: Decomposition): string {
  const [size, whole] = [sizeOf(parts[cause]), sizeOf(change)]
  const offset = size > whole ? mainOffset({ change, parts }) : undefined
  if (!offset) return `${capital(cause)} explains ${usd(parts[cause])}`
  const [does, undoes] = change > 0n ? ['adds', 'takes back'] : ['takes away', 'adds back']
  return `${capital(cause)} ${does} ${usd(size)} and ${offset} ${undoes} ${usd(sizeOf(parts[offset]))}`
}

const sizeOf = (picos: bigint): bigint => (picos < 0n ? -picos : picos)

const isNone = (count: number | string): boolean => String(count) === '0'

const hasUnpriced = ({ current, baseline }: Explained['coverage']): boolean =>
  !isNone(current.unpriced) || !isNone(baseline.unpriced)

function changeWords({ query, found, coverage }: Explained): string {
  const spend = `Spend${subject(query.filters)}`
  const { words } = query.baseline
  const [ended, isNew] = [isNone(coverage.current.calls), isNone(coverage.baseline.calls)]
  if (ended && isNew)
    return `There are no calls${subject(query.filters)}, neither in the window nor in ${words}.`
  const { change } = found
  if (found.parts.new !== 0n) {
    return isNew
      ? `${spend} is new: ${usd(change)}, and no call in ${words}.`
      : `${spend} is ${usd(change)}, with nothing to compare it with: no call in ${words} has a price.`
  }
  if (change === 0n) return `${spend} did not change against ${words}: ${usd(found.baseline)}.`
  const percent = signedPercent(change, found.baseline)
  const much = `${usd(sizeOf(change))}${percent === '' ? '' : ` (${percent})`}`
  const end = ended ? ': there are no calls any more' : ''
  return `${spend} ${change > 0n ? 'rose' : 'fell'} by ${much} against ${words}${end}.`
}

/** ` of support-chat`, ` of chat, user u1`. */
function subject(filters: readonly Filter[]): string {
  if (filters.length === 0) return ''
  const parts = filters.map(({ dimension, values }) => {
    const name = nameOf(dimension.name)
    if (values.length > 2) return `${values.length} values of ${name}`
    const text = values.map(valueText).join(' or ')
    return dimension.name === 'feature' ? text : `${name} ${text}`
  })
  return ` of ${parts.join(', ')}`
}

/** Nobody chose the default: where it sets a weekend against weekdays, most of the change may be the calendar's. */
function weekdayWords({ query, found }: Explained): string[] {
  const { baseline, baselineIsDefault, window, zone } = query
  if (!baselineIsDefault || found.change === 0n) return []
  const kind = daysOf(window, zone)
  return baseline.windows.every(each => daysOf(each, zone) === kind)
    ? []
    : ['baseline=week compares with the same weekday.']
}

function unpricedWords({ coverage }: Explained): string[] {
  if (!hasUnpriced(coverage)) return []
  const [now, before] = [coverage.current.unpriced, coverage.baseline.unpriced]
  return [
    `Left out because they have no price: ${counted(now, 'call')}, and ${counted(before, 'call')} of the baseline.`,
  ]
}

const capital = (word: string): string => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`
