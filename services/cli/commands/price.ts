// `spendledger price`: what a model costs, by which rule and from which source. Where no ledger runs on this machine, the same
// answer is made from the price files, so that a price can be looked up before anything is set up.

import type { Config } from '#platform/config.ts'
import { isLoopback } from '#platform/http-host.ts'
import type { ModelPrices } from '../../api/prices/answer.ts'
import { CommandError } from '../errors.ts'
import { networkCode, type Query, request } from '../http.ts'
import { type Io, note, print, write } from '../io.ts'
import { plain } from '../plain.ts'
import { renderRule, ruleTable } from '../price-text.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export interface PriceOptions extends ConfigOption {
  readonly provider?: string
  readonly at?: string
  readonly json?: boolean
  readonly csv?: boolean
}

/** The same answer in both forms; a file is made only where it was asked for. */
interface Bodies {
  readonly json: string
  readonly csv: string | undefined
}

export async function price(io: Io, model: string, options: PriceOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const { provider, at } = options
  const query = { model, provider, at }
  const csv = options.csv ?? false
  const bodies = (await askLedger(io, config, query, csv)) ?? (await askFiles(io, config, query, csv))
  if (options.json) await print(io, bodies.json)
  if (bodies.csv !== undefined) await write(io.stdout, bodies.csv)
  const { data, meta } = JSON.parse(bodies.json) as ModelPrices
  if (data.length === 0) {
    const near = meta.did_you_mean ?? []
    const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`
    const seller = provider === undefined ? '' : ` of ${provider}`
    throw new CommandError('no_price', plain(`no price is known of ${model}${seller}${hint}`))
  }
  const [inForce, others] = [data.filter(row => row.in_force), data.filter(row => !row.in_force)]
  const gap = new CommandError('no_price', plain(`no rule of ${model} is in force at ${meta.at}`))
  if (options.json || options.csv) {
    if (inForce.length === 0) throw gap
    return
  }
  for (const row of inForce) await print(io, `${renderRule(io, row)}\n`)
  if (others.length > 0) await print(io, `at other times (--at):\n${ruleTable(io, others)}\n`)
  await print(io, `prices of ${meta.at}, book ${meta.price_book_version.slice(0, 12)}`)
  if (inForce.length === 0) throw gap
}

/** The ledger's answer; undefined where none runs on this machine. A file does not say what no price is known of. */
async function askLedger(io: Io, config: Config, query: Query, csv: boolean): Promise<Bodies | undefined> {
  const ask = async (asked: Query) => (await request(io, config, '/v1/prices', { query: asked })).text()
  try {
    return { json: await ask(query), csv: csv ? await ask({ ...query, format: 'csv' }) : undefined }
  } catch (error) {
    if (isNobodyThere(config.url, error)) return undefined
    throw error
  }
}

const isNobodyThere = (url: string, error: unknown): boolean =>
  error instanceof CommandError &&
  error.problem.code === 'unreachable' &&
  networkCode(error.cause) === 'ECONNREFUSED' &&
  isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ''))

async function askFiles(io: Io, config: Config, query: Query, csv: boolean): Promise<Bodies> {
  const [{ readPricing }, { answerPrices }, { priceColumns }, { toCsv }] = await Promise.all([
    import('#platform/price-books.ts'),
    import('../../api/prices/answer.ts'),
    import('../../api/prices/rows.ts'),
    import('../../api/answer/csv.ts'),
  ])
  const { book } = await readPricing(config.prices)
  const answer = answerPrices(book, query, io.clock.now())
  const own = config.prices === undefined ? '' : ` with ${config.prices}`
  await note(io, plain(`nothing answers at ${config.url}: these are the shipped prices${own}`))
  const rows = answer.data.map(row => ({ ...row }))
  return { json: JSON.stringify(answer), csv: csv ? toCsv(priceColumns('rules'), rows) : undefined }
}
