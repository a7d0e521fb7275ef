// What the readers of stream chunks share. A reader takes from a chunk what it says and guesses nothing: a stream's usage
// that is read too early or added up where it is cumulative is a wrong bill.

import type { UsageFormat, UsageObject } from '../normalise/types.ts'

/** What is known of a stream so far. */
export interface StreamState {
  /** The provider's usage object as of the last chunk that had one. */
  usage: UsageObject | undefined
  /** The provider has said that this is the end: the usage is final. */
  ended: boolean
  model: string
  responseId: string
  /** The tier that served the call, where chunks carry it beside the usage. */
  serviceTier: string
}

/** The chunks of one streaming API. */
export interface StreamFamily {
  /** The shapes that its usage objects may have; the first is the usual one. */
  readonly formats: readonly UsageFormat[]
  /** Whether the chunk is one that can say something about usage in this API. */
  readonly owns: (chunk: UsageObject) => boolean
  readonly read: (chunk: UsageObject, state: StreamState) => void
}

export const startStream = (): StreamState => ({
  usage: undefined,
  ended: false,
  model: '',
  responseId: '',
  serviceTier: '',
})

/** The value if it is an object, and nothing else. */
export const objectIn = (value: unknown): UsageObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as UsageObject) : undefined

/** The value if it is a text; '' otherwise. */
export const textIn = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The objects of a list; none where it is no list. */
export const objectsIn = (value: unknown): readonly UsageObject[] =>
  Array.isArray(value) ? value.map(objectIn).filter(item => item !== undefined) : []
