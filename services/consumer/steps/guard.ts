// First: is it a record of ours at all? The bytes are walked before anything is built from them, because a hostile count in
// eight bytes ends a process that decodes it.

import { deadLetter, drop, type Outcome, ok } from '#core/outcome.ts'
import type { Readable } from '#platform/avro/codec.ts'
import type { Placed } from '../delivery.ts'
import type { RecordStep } from '../steps.ts'

export interface Guarded {
  readonly place: Placed
  readonly frame: Readable
}

export const guard: RecordStep<Placed, Guarded> = (context, place): Outcome<Guarded> => {
  const { value } = place.record
  // A compacted topic's tombstone says that a key is gone, which an event never is.
  if (value.length === 0) return drop('tombstone')
  const frame = context.codec.inspect(value)
  return frame.kind === 'refused' ? deadLetter(frame.refusal) : ok({ place, frame })
}
