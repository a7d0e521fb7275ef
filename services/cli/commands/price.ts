// `spendledger price`: what a model costs, by which rule and from which source. Where no ledger runs on this machine, the same
// answer is made from the price files, so that a price can be looked up before anything is set up.

import type { Config } from '#platform/config.ts'
import { isLoopback } from '#platform/http-host.ts'
import type { ModelPrices } from '../../api/prices/answer.ts'
import { CommandError } from '../errors.ts'
import { networkCode, type Query, request } from '../http.ts'
import { type Io, note, print } from '../io.ts'
import { plain } from '../plain.ts'
import { renderRule, ruleTable } from '../price-text.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export interface PriceOptions extends ConfigOption {
  readonly provider?: string
  readonly at?: string
  readonly json?: boolean
}

export async function price(io: Io, model: string, options: PriceOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const { provider, at } = options
  const query = { model, provider, at }
  const body = (await askLedger(io, config, query)) ?? (await askFiles(io, config, query))
  if (options.json) await print(io, body)
  const { data, meta } = JSON.parse(body) as ModelPrices
  if (data.length === 0) {
    const near = meta.did_you_mean ?? []
    const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`
    const seller = provider === undefined ? '' : ` of ${provider}`
    throw new CommandError('no_price', plain(`no price is known of ${model}${seller}${hint}`))
  }
  const [inForce, others] = [data.filter(row => row.in_force), data.filter(row => !row.in_force)]
  const gap = new CommandError('no_price', plain(`no rule of ${model} is in force at ${meta.at}`))
  if (options.json) {
    if (inForce.length === 0) throw gap
    return
  }
  for (const row of inForce) await print(io, `${renderRule(io, row)}\n`)
  if (others.length > 0) await print(io, `at other times (--at):\n${ruleTable(io, others)}\n`)
  await print(io, `prices of ${meta.at}, book ${meta.price_book_version.slice(0, 12)}`)
  if (inForce.length === 0) throw gap
}

/** The body of the ledger's answer; undefined where none runs on this machine. */
async function askLedger(io: Io, config: Config, query: Query): Promise<string | undefined> {
  try {
    return await (await request(io, config, '/v1/prices', { query })).text()
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

async function askFiles(io: Io, config: Config, query: Query): Promise<string> {
  const [{ readPricing }, { answerPrices }] = await Promise.all([
    import('#platform/price-books.ts'),
    import('../../api/prices/answer.ts'),
  ])
  const { book } = await readPricing(config.prices)
  const answer = JSON.stringify(answerPrices(book, query, io.clock.now()))
  const own = config.prices === undefined ? '' : ` with ${config.prices}`
  await note(io, plain(`nothing answers at ${config.url}: these are the shipped prices${own}`))
  return answer
}
