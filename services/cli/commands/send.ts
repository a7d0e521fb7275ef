// `spendledger send`: a file of events to the collector. It ends with what happened to every single one: accepted, or rejected
// for a reason.

import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Batch, toBatches } from '../batches.ts'
import { CommandError } from '../errors.ts'
import { type EventText, readEvents } from '../event-reader.ts'
import { count, counted } from '../figures.ts'
import { openInput } from '../input.ts'
import { type Io, note, print } from '../io.ts'
import { createProgress } from '../progress.ts'
import { createReceipts, type Receipts } from '../receipts.ts'
import { createSend, type Send } from '../retry.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export interface SendOptions extends ConfigOption {
  readonly json?: boolean
  readonly strict?: boolean
}

const compress = promisify(gzip)

const WITHOUT_ID =
  'some events have neither event_id nor response_id: if they are sent again, they count again (docs/cli.md, send)'

export async function send(io: Io, file: string, options: SendOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const input = await openInput(io, file)
  const progress = createProgress(io)
  const receipts = createReceipts(io, options.json === true)
  const post = createSend(io, config, (reason, ms) => {
    progress.clear()
    io.stderr.write(`${reason}; trying again in ${ms / 1_000} s\n`)
  })

  let bytes = 0
  const chunks = countBytes(input.chunks, length => {
    bytes += length
  })
  const events = warnWithoutId(readEvents(chunks), () => {
    progress.clear()
    io.stderr.write(`${WITHOUT_ID}\n`)
  })
  try {
    for await (const batch of toBatches(events, receipts.refuse)) {
      await receipts.take(batch, await sendBatch(post, batch, options.strict === true))
      progress.show(describe(receipts, bytes, input.size))
    }
    progress.clear()
  } catch (error) {
    progress.clear()
    if (receipts.accepted > 0) {
      await note(
        io,
        `accepted ${counted(receipts.accepted, 'event')} before it failed, up to line ${receipts.lastLine}`,
      )
    }
    throw error
  }

  const all = receipts.accepted + receipts.rejected
  if (all === 0) throw new CommandError('no_events', `no events in ${input.name}`)
  await print(io, receipts.summary())
  if (receipts.rejected > 0) {
    throw new CommandError(
      'events_rejected',
      `rejected ${count(receipts.rejected)} of ${counted(all, 'event')}`,
    )
  }
}

async function sendBatch(post: Send, { body }: Batch, strict: boolean) {
  return post('/v1/events', {
    method: 'POST',
    query: strict ? { strict: '1' } : {},
    headers: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
    body: await compress(body),
  })
}

async function* countBytes(chunks: AsyncIterable<Uint8Array>, add: (bytes: number) => void) {
  for await (const chunk of chunks) {
    add(chunk.length)
    yield chunk
  }
}

/** Calls once, at the first event that brings no id. */
async function* warnWithoutId(events: AsyncIterable<EventText>, warn: () => void) {
  let warned = false
  for await (const event of events) {
    if (!warned && !event.bytes.includes('"event_id"') && !event.bytes.includes('"response_id"')) {
      warned = true
      warn()
    }
    yield event
  }
}

function describe(receipts: Receipts, bytes: number, size: number | undefined): string {
  const done = size ? ` (${Math.min(100, Math.floor((bytes * 100) / size))}%)` : ''
  const rejected = receipts.rejected > 0 ? `, ${count(receipts.rejected)} rejected` : ''
  return `${count(receipts.accepted)} accepted${rejected}${done}`
}
