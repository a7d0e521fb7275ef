// Takes inclusive figures apart: "is A inside B?" is answered once, here. Subtracting a part twice, or not at all, is the
// most common billing bug there is; a part that is larger than its whole is reported, never clamped.

import type { Tokens } from '../tokens.ts'

/** Tokens by modality inside a whole; what is not named is text. */
export interface Modalities {
  readonly audio: number
  readonly image: number
  readonly video: number
}

export const NO_MODALITIES: Modalities = { audio: 0, image: 0, video: 0 }

export interface InputParts {
  readonly consistent: boolean
  readonly input: number
  readonly cache_read: number
  readonly input_audio: number
  readonly input_image: number
  readonly input_video: number
  readonly cache_read_audio: number
  readonly cache_read_image: number
}

/**
 * An input count that includes cached and written tokens, by modality. Where the provider says nothing about the
 * modality of cached tokens: images and video count as text (their price is the same unless a rule says otherwise),
 * audio makes it inconsistent, because cached audio and cached text differ in price.
 */
export function splitInput(
  whole: number,
  cached: number,
  written: number,
  by: Modalities,
  cachedBy: Modalities | undefined,
): InputParts {
  const known = cached === 0 ? NO_MODALITIES : cachedBy
  const fresh =
    known === undefined
      ? { audio: by.audio, image: 0, video: 0 }
      : { audio: by.audio - known.audio, image: by.image - known.image, video: by.video - known.video }
  const within = known ?? NO_MODALITIES
  const cacheText = cached - within.audio - within.image
  const input = whole - cached - written - fresh.audio - fresh.image - fresh.video
  const guessed = known === undefined && by.audio > 0
  const consistent =
    !guessed && Math.min(input, cacheText - within.video, fresh.audio, fresh.image, fresh.video) >= 0
  const none = {
    input_audio: 0,
    input_image: 0,
    input_video: 0,
    cache_read_audio: 0,
    cache_read_image: 0,
  }
  // What contradicts itself is kept as it was reported: both figures, side by side.
  if (!consistent) return { consistent, input: whole, cache_read: cached, ...none }
  return {
    consistent,
    input,
    cache_read: cacheText,
    input_audio: fresh.audio,
    input_image: fresh.image,
    input_video: fresh.video,
    cache_read_audio: within.audio,
    cache_read_image: within.image,
  }
}

export interface OutputParts {
  readonly consistent: boolean
  readonly output: number
  readonly reasoning: number
  readonly output_audio: number
  readonly output_image: number
}

/** An output count with reasoning inside it (or beside it), by modality. */
export function splitOutput(
  whole: number,
  reasoning: number,
  reasoningInside: boolean,
  by: Modalities,
): OutputParts {
  const output = whole - (reasoningInside ? reasoning : 0) - by.audio - by.image
  // There is no bucket for video that comes out: it is billed by the second, as a unit.
  const consistent = output >= 0 && by.video === 0
  if (!consistent) return { consistent, output: whole, reasoning, output_audio: 0, output_image: 0 }
  return { consistent, output, reasoning, output_audio: by.audio, output_image: by.image }
}

/** All buckets of a call whose input and output were taken apart. */
export const allTokens = (
  into: InputParts,
  out: OutputParts,
  written5m: number,
  written1h: number,
): Tokens => ({
  input: into.input,
  cache_read: into.cache_read,
  cache_write_5m: written5m,
  cache_write_1h: written1h,
  output: out.output,
  reasoning: out.reasoning,
  input_audio: into.input_audio,
  output_audio: out.output_audio,
  input_image: into.input_image,
  output_image: out.output_image,
  input_video: into.input_video,
  cache_read_audio: into.cache_read_audio,
  cache_read_image: into.cache_read_image,
})
