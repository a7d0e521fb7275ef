// `spendledger quote`: what events would cost, line by line, without storing them.

import { toBatches } from '../batches.ts'
import { whyNoCost } from '../cost-reason.ts'
import { CommandError } from '../errors.ts'
import { readEvents } from '../event-reader.ts'
import { count, counted, sum, usd } from '../figures.ts'
import { openInput } from '../input.ts'
import { type Io, note, print } from '../io.ts'
import { plain } from '../plain.ts'
import { createSend, readAnswer } from '../retry.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'
import { type PriceLine, priceTable } from './events.ts'

export interface QuoteOptions extends ConfigOption {
  readonly json?: boolean
}

interface Quote {
  readonly index: number
  readonly provider: string
  readonly model: string
  readonly cost_usd: string | null
  readonly cost_status: string
  readonly cost_reason: string
  readonly price_rule_id: string
  readonly lines: readonly PriceLine[]
}

interface Answer {
  readonly data: readonly Quote[]
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[]
  readonly warnings: readonly { readonly index: number; readonly message: string }[]
}

/** `--json` prints one answer of the API a line; files of up to 500 events have one. */
export async function quote(io: Io, file: string, options: QuoteOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const input = await openInput(io, file)
  const post = createSend(io, config, (reason, ms) => {
    io.stderr.write(`${reason}; trying again in ${ms / 1_000} s\n`)
  })
  const costs: string[] = []
  let quoted = 0
  let rejected = 0

  async function reject(line: number, message: string): Promise<void> {
    rejected += 1
    await note(io, plain(`line ${line}: ${message}`))
  }

  for await (const { body, lines } of toBatches(readEvents(input.chunks), reject)) {
    const answer = await post('/v1/quote', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body,
    })
    const { data, rejected: refused, warnings } = readAnswer<Answer>(answer)
    if (options.json) await print(io, answer.body)
    else for (const one of data) await printQuote(io, one, lines[one.index] ?? 0)
    quoted += data.length
    costs.push(...data.flatMap(({ cost_usd }) => cost_usd ?? []))
    for (const { index, message } of warnings) await note(io, plain(`line ${lines[index]}: ${message}`))
    for (const { index, message } of refused) await reject(lines[index] ?? 0, message)
  }
  if (quoted + rejected === 0) throw new CommandError('no_events', `no events in ${input.name}`)
  if (quoted > 0 && !options.json) {
    const unpriced = quoted - costs.length
    const gap = unpriced === 0 ? '' : ` (${count(unpriced)} without a price)`
    await print(io, `total: ${usd(sum(costs))} for ${counted(quoted, 'event')}${gap}`)
  }
  if (rejected > 0) {
    throw new CommandError(
      'events_rejected',
      `rejected ${count(rejected)} of ${counted(quoted + rejected, 'event')}`,
    )
  }
}

async function printQuote(io: Io, one: Quote, line: number): Promise<void> {
  const cost = one.cost_usd === null ? 'no price' : usd(one.cost_usd)
  const reason = one.cost_reason === '' ? one.cost_status : `${one.cost_status}, ${one.cost_reason}`
  const rule = one.price_rule_id === '' ? '' : `, rule ${one.price_rule_id}`
  const why = whyNoCost({ ...one }) ?? `${cost} (${reason}${rule})`
  await print(io, plain(`line ${line}: ${one.provider} ${one.model}: ${why}`))
  if (one.lines.length > 0) await print(io, `${priceTable(io, one.lines)}\n`)
}
