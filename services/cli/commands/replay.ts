// `spendledger deadletters replay`: sends refused events again, after what was wrong has been put right. A letter is marked
// once its event is accepted; a crash in between sends it again, and an event with an id counts once all the same.

import { toBatches } from '../batches.ts'
import { CommandError } from '../errors.ts'
import type { EventText } from '../event-reader.ts'
import { count, counted } from '../figures.ts'
import { type Io, note, print } from '../io.ts'
import { eventOf, idsByReason, markReplayed, readLetters } from '../letters.ts'
import { plain } from '../plain.ts'
import { createSend, readAnswer } from '../retry.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export interface ReplayOptions extends ConfigOption {
  readonly reason?: string
}

interface Receipt {
  readonly rejected?: readonly { readonly index: number; readonly message: string }[]
}

export async function replay(io: Io, given: readonly string[], options: ReplayOptions): Promise<void> {
  if ((given.length === 0) === (options.reason === undefined)) {
    throw new CommandError(
      'wrong_usage',
      'name the letters to replay: either ids or --reason, see deadletters list',
    )
  }
  const config = await loadSettings(io, options)
  const [{ connectWarehouse }, { createUsageEventCodec }, { loadSchemaStore }] = await Promise.all([
    import('../../embedded/connect.ts'),
    import('#platform/avro/codec.ts'),
    import('#platform/avro/schema-store.ts'),
  ])
  const codec = createUsageEventCodec(loadSchemaStore())
  const { warehouse, close } = await connectWarehouse(config, 'writer')
  try {
    const post = createSend(io, config, (reason, ms) => {
      io.stderr.write(`${reason}; trying again in ${ms / 1_000} s\n`)
    })
    const ids =
      options.reason === undefined ? [...new Set(given)] : await idsByReason(warehouse, options.reason)
    const missing = new Set(ids)
    let replayed = 0
    let failed = 0

    async function fail(id: string, reason: string): Promise<void> {
      failed += 1
      await note(io, plain(`${id}: ${reason}`))
    }

    /** The place in `ids` stands in for a line. */
    async function* events(): AsyncGenerator<EventText> {
      for await (const letter of readLetters(warehouse, ids)) {
        missing.delete(letter.id)
        const found = eventOf(letter, codec)
        if ('reason' in found) await fail(letter.id, found.reason)
        else yield { bytes: found.event, line: ids.indexOf(letter.id) }
      }
    }

    for await (const { body, lines } of toBatches(events(), (line, reason) =>
      fail(ids[line] ?? '', reason),
    )) {
      const answer = await post('/v1/events', {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body,
      })
      const { rejected = [] } = readAnswer<Receipt>(answer)
      const refused = new Map(rejected.map(({ index, message }) => [index, message]))
      const accepted: string[] = []
      for (const [index, line] of lines.entries()) {
        const id = ids[line] ?? ''
        const message = refused.get(index)
        if (message === undefined) accepted.push(id)
        else await fail(id, message)
      }
      if (accepted.length > 0) await markReplayed(warehouse, accepted)
      replayed += accepted.length
    }
    for (const id of missing) await fail(id, 'there is no such dead letter')
    await print(io, `replayed ${count(replayed)}`)
    if (failed > 0) {
      throw new CommandError(
        'not_replayed',
        `could not replay ${count(failed)} of ${counted(ids.length, 'dead letter')}`,
      )
    }
  } finally {
    await close()
  }
}
