// Dead letters on their way to their topic. That topic may be somebody else's and take less than the one that the records came
// from; a letter that it can never take would be tried for ever, and no record behind it would be read.

import { type DeadLetter, toRecord, withoutBytes } from '#core/dead-letter.ts'
import { LedgerError } from '#core/errors.ts'
import type { ConsumerContext } from './context.ts'

/** Resolves when each letter is durable, whole or without its bytes; rejects only when the service stops. */
export async function appendLetters(context: ConsumerContext, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0 || (await append(context, letters))) return
  // Some of them may be there by now. A letter that comes again is the same letter.
  for (const letter of letters) {
    if (!(await append(context, [letter]))) await appendCut(context, letter)
  }
}

async function appendCut(context: ConsumerContext, letter: DeadLetter): Promise<void> {
  context.metrics.lettersCut.inc()
  context.complain.warn(
    'letter too large',
    { dead_letter_id: letter.dead_letter_id, bytes: letter.bytes_total },
    'the dead-letter topic takes no record of this size: the letter is kept without the bytes of its record',
  )
  await context.persist('append dead letters', () => send(context, [withoutBytes(letter)]))
}

/** Resolves with whether they were taken: false when the topic can never take one of them. */
const append = (context: ConsumerContext, letters: readonly DeadLetter[]): Promise<boolean> =>
  context.persist('append dead letters', async () => {
    try {
      await send(context, letters)
      return true
    } catch (error) {
      if (error instanceof LedgerError && error.code === 'record_too_large') return false
      throw error
    }
  })

const send = (
  { eventLog, deadLetterTopic }: ConsumerContext,
  letters: readonly DeadLetter[],
): Promise<void> => eventLog.append(deadLetterTopic, letters.map(toRecord), { reserve: true })
