// The arithmetic of the answers to docs/sql.md: groups and sums of calls, calendars, money as integers of picodollars. It is
// written apart from the ledger's own, so that both cannot be wrong in the same way.

import { toSqlTime } from '#core/hours.ts'
import { type Call, DAY, HOUR, isPriced, ownCost, RATES, sumOf } from './sql-docs-world.ts'

/** A number that was rounded in SQL. */
export interface Near {
  readonly near: number
  readonly within: number
}

/** Counts are texts, as 64-bit numbers are in JSON. */
export type Value = string | number | null | Near
export type Row = Readonly<Record<string, Value>>

export const near = (value: number, digits: number): Near => ({
  near: value,
  within: 0.5 * 10 ** -digits + 1e-9,
})

/** Picodollars as SQL shows a Decimal: no zeros at its end. */
export function usd(picos: bigint): string {
  const size = picos < 0n ? -picos : picos
  const fraction = String(size % 10n ** 12n)
    .padStart(12, '0')
    .replace(/0+$/, '')
  return `${picos < 0n ? '-' : ''}${size / 10n ** 12n}${fraction === '' ? '' : `.${fraction}`}`
}

export const total = (calls: readonly Call[], of: (call: Call) => bigint): bigint =>
  calls.reduce((sum, call) => sum + of(call), 0n)
export const add = (calls: readonly Call[], of: (call: Call) => number): number =>
  calls.reduce((sum, call) => sum + of(call), 0)

export const cost = (calls: readonly Call[]): bigint => total(calls, call => sumOf(ownCost(call)))
export const inputCost = (call: Call): bigint => {
  const { input, read, write } = ownCost(call)
  return input + read + write
}
export const outputCost = (call: Call): bigint => ownCost(call).output + ownCost(call).reasoning
export const inputOf = ({ tokens }: Call): number => tokens.input + tokens.read + tokens.write
export const outputOf = ({ tokens }: Call): number => tokens.output + tokens.reasoning
export const isFailed = ({ status }: Call): boolean => status !== 'ok'

export const count = (calls: readonly Call[], when: (call: Call) => boolean = () => true): string =>
  String(calls.filter(when).length)
export const withoutPrice = (calls: readonly Call[]): string => count(calls, call => !isPriced(call))
export const distinct = (calls: readonly Call[], of: (call: Call) => string): number =>
  new Set(calls.map(of)).size
export const each = (picos: bigint, n: number): string | null => (n === 0 ? null : usd(picos / BigInt(n)))
export const percent = (part: number | bigint, whole: number | bigint): Near | null =>
  Number(whole) === 0 ? null : near((100 * Number(part)) / Number(whole), 1)

export const spent = (calls: readonly Call[]) => ({
  usd: usd(cost(calls)),
  n: count(calls),
  without_price: withoutPrice(calls),
})

/** The same of single calls, where the sum of nothing that is known is not known. */
export const spentByCalls = (calls: readonly Call[]) => ({
  ...spent(calls),
  usd: calls.some(isPriced) ? usd(cost(calls)) : null,
})

export interface Group {
  readonly key: readonly string[]
  readonly calls: readonly Call[]
}

/** Groups in the order of their keys. */
export function groups(calls: readonly Call[], of: (call: Call) => readonly string[]): Group[] {
  const found = new Map<string, Call[]>()
  for (const call of calls) {
    const key = JSON.stringify(of(call))
    found.set(key, [...(found.get(key) ?? []), call])
  }
  return [...found]
    .map(([key, members]) => ({ key: JSON.parse(key) as string[], calls: members }))
    .sort((a, b) => order(a.key, b.key))
}

export const order = (a: readonly string[], b: readonly string[]): number => {
  const i = a.findIndex((value, at) => value !== b[at])
  return i < 0 ? 0 : (a[i] ?? '') < (b[i] ?? '') ? -1 : 1
}

/** Greatest first; what is equal stays in the order of keys. */
export const descending = (all: readonly Group[], ...by: ((calls: readonly Call[]) => bigint)[]): Group[] =>
  all.toSorted((a, b) => {
    for (const of of by) {
      const [x, y] = [of(a.calls), of(b.calls)]
      if (x !== y) return x > y ? -1 : 1
    }
    return 0
  })

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
export const startOfDay = (ms: number): number => ms - (ms % DAY)
export const startOfHour = (ms: number): number => ms - (ms % HOUR)
export const secondsOf = (ms: number): string => toSqlTime(ms).slice(0, 19)

export function startOfMonth(now: number, months = 0): number {
  const day = new Date(now)
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months)
}

export function startOfWeek(ms: number): number {
  const day = new Date(startOfDay(ms))
  return day.getTime() - ((day.getUTCDay() + 6) % 7) * DAY
}

/** The calendar day of a moment in a zone. */
export const dayIn = (zone: string, ms: number): string =>
  new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(ms)

/** The calendar day a number of days before that of a moment in a zone. */
export const daysBefore = (zone: string, now: number, days: number): string =>
  dayOf(Date.parse(dayIn(zone, now)) - days * DAY)

export const since = (calls: readonly Call[], from: number): Call[] => calls.filter(({ at }) => at >= from)

/** Of views of hours: those that begin in the window. */
export const sinceHour = (calls: readonly Call[], from: number): Call[] =>
  calls.filter(({ at }) => startOfHour(at) >= from)

/** Whole days up to today, today included. */
export const lastDays = (calls: readonly Call[], now: number, days: number): Call[] =>
  since(calls, startOfDay(now) - (days - 1) * DAY)

export const weekOf = (calls: readonly Call[], now: number): { week: Call[]; before: Call[] } => {
  const today = startOfDay(now)
  const whole = calls.filter(({ at }) => at >= today - 14 * DAY && at < today)
  return {
    week: whole.filter(({ at }) => at >= today - 7 * DAY),
    before: whole.filter(({ at }) => at < today - 7 * DAY),
  }
}

/** The element that quantileExact takes. */
export function quantile<T extends bigint | number>(values: readonly T[], level: number): T | undefined {
  return values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))[Math.floor(level * values.length)]
}

export const rate = (model: string, bucket: 'input' | 'read' | 'write' | 'output' | 'reasoning'): bigint =>
  RATES[model]?.[bucket] ?? 0n

export type Answer = (calls: readonly Call[], now: number) => readonly Row[]
export type Answers = Readonly<Record<string, Answer>>
