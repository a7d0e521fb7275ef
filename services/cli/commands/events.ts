// `spendledger events`: single calls, and of one call everything that made its cost.

import { aliasOf } from '../alias.ts'
import { coverageLine, type Meta, NONE } from '../answers.ts'
import { whyNoCost } from '../cost-reason.ts'
import { CommandError } from '../errors.ts'
import { count, usd } from '../figures.ts'
import { json } from '../http.ts'
import { type Io, print } from '../io.ts'
import { FILTERS, queryOf, type ReadOptions } from '../options.ts'
import { passThrough } from '../pass-through.ts'
import { plain } from '../plain.ts'
import { loadSettings } from '../settings.ts'
import { type Column, table } from '../table.ts'

export interface EventsOptions extends ReadOptions {
  readonly top?: boolean
  readonly limit: string
}

/** A row of v_events, as the API lists it. */
interface ListedEvent {
  readonly event_id: string
  readonly occurred_at: string
  readonly feature: string
  readonly model: string
  readonly tenant_id: string
  readonly user_id: string
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost_usd: string | null
  readonly cost_status: string
}

export interface PriceLine {
  readonly component: string
  readonly model: string
  readonly name: string
  readonly quantity: string
  readonly rate: string
  readonly factor: string
  readonly amount_usd: string
}

interface EventAnswer {
  readonly data: Readonly<Record<string, unknown>>
  readonly price: {
    readonly explained: boolean
    readonly reason: string
    readonly lines: readonly PriceLine[]
  }
}

export async function events(io: Io, id: string | undefined, options: EventsOptions): Promise<void> {
  await (id === undefined ? list(io, options) : show(io, id, options))
}

async function list(io: Io, options: EventsOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const query = { ...queryOf(options), order: options.top ? 'top' : 'newest', limit: options.limit }
  if (await passThrough(io, config, '/v1/events', query, options)) return

  type Answer = { readonly data: readonly ListedEvent[]; readonly meta: Meta }
  const { data, meta } = await json<Answer>(io, config, '/v1/events', { query })
  const columns: Column[] = [
    { head: 'time' },
    { head: 'feature', cut: true },
    { head: 'model', cut: true, spare: 10 },
    { head: 'tenant', cut: true, spare: 50 },
    { head: 'user', cut: true, spare: 40 },
    { head: 'in', align: 'right', spare: 20 },
    { head: 'out', align: 'right', spare: 20 },
    { head: 'cost', align: 'right' },
    { head: 'status', spare: 30 },
    { head: 'event' },
  ]
  const rows = data.map(event => [
    event.occurred_at.slice(0, 19).replace('T', ' '),
    ...[event.feature, event.model, event.tenant_id, event.user_id].map(name => name || NONE),
    count(event.input_tokens),
    count(event.output_tokens),
    usd(event.cost_usd ?? ''),
    event.cost_status,
    event.event_id,
  ])
  await print(io, table(io, columns, rows))
  await print(io, `\n${coverageLine(io, meta)}`)
}

/** What a list has and one event has not. An option that is ignored looks as if it had been obeyed. */
const OF_LISTS = ['from', 'to', ...Object.keys(FILTERS), 'tag', 'top', 'csv'] as const

async function show(io: Io, id: string, options: EventsOptions): Promise<void> {
  const given = Object.keys(options).filter(name => OF_LISTS.includes(name))
  if (given.length > 0) {
    const names = given.map(name => `--${name}`).join(', ')
    throw new CommandError('wrong_usage', `an id names one event: leave out ${names}, or the id`)
  }
  const config = await loadSettings(io, options)
  const path = `/v1/events/${encodeURIComponent(id)}`
  const query = { tz: options.tz }
  if (await passThrough(io, config, path, query, { json: options.json === true })) return

  const { data, price } = await json<EventAnswer>(io, config, path, { query })
  const known = Object.entries(data).filter(([, value]) => !isEmpty(value))
  await print(
    io,
    table(
      io,
      [{ head: 'field' }, { head: 'value' }],
      known.map(([name, value]) => [name, text(value)]),
    ),
  )
  await print(io, '')
  const why = whyNoCost(data)
  if (why !== undefined) return print(io, plain(why))
  const alias = aliasOf(data)
  if (alias !== undefined) await print(io, `${plain(alias)}\n`)
  await print(io, price.explained ? priceTable(io, price.lines) : `no lines: ${plain(price.reason)}`)
}

/** What a person needs to redo the calculation; the model only where a call was served by several. */
export function priceTable(io: Io, lines: readonly PriceLine[]): string {
  const several = new Set(lines.map(({ model }) => model)).size > 1
  return table(
    io,
    [
      ...(several ? [{ head: 'model' }] : []),
      { head: 'component' },
      { head: 'part' },
      { head: 'quantity', align: 'right' },
      { head: 'rate', align: 'right' },
      { head: 'factor', align: 'right' },
      { head: 'USD', align: 'right' },
    ],
    lines.map(({ model, component, name, quantity, rate, factor, amount_usd }) => [
      ...(several ? [model] : []),
      component,
      name,
      count(quantity),
      rate,
      factor,
      amount_usd,
    ]),
  )
}

/** Fields that say nothing: most events fill a third of them. */
const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === '' ||
  value === 0 ||
  value === '0' ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0)

const text = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))
