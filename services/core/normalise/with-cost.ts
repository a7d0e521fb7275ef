// Providers of OpenAI's dialect that say what a call costs. What they bill is exact decimal text from here on; which of
// them is believed is the provider table's business (`reportsBilledCost`).

import type { Outcome } from '../outcome.ts'
import { chatNames } from './openai.ts'
import { readOpenaiLike } from './openai-like.ts'
import { type OpenaiNames, RESPONSES_NAMES } from './openai-names.ts'
import { type OpenaiQuirks, quirksOf } from './openai-quirks.ts'
import type { NormalisedUsage, Served, UsageObject } from './types.ts'
import { finish, type Reading, rootNode, startReading, type UsageNode } from './usage-reader.ts'

/** What a provider adds to the tokens: units, how the call was served, what it costs ('' is not said). */
export interface Extras {
  readonly cost?: string
  readonly units?: Readonly<Record<string, string>>
  readonly served?: Served
}

export type ExtrasReader = (reading: Reading, root: UsageNode) => Extras

/** A normaliser of the dialect with a provider's quirks and what only that provider says. */
export const withExtras =
  (provider: string, extrasOf: ExtrasReader) =>
  (usage: UsageObject): Outcome<NormalisedUsage> => {
    const reading = startReading()
    const root = rootNode(usage)
    const responses = 'input_tokens' in usage
    const names: OpenaiNames = responses ? RESPONSES_NAMES : chatNames(usage)
    const quirks: OpenaiQuirks = responses
      ? { ...quirksOf(provider), reasoningBeside: false }
      : quirksOf(provider)
    const read = readOpenaiLike(reading, root, names, quirks)
    const { cost = '', units = {}, served = {} } = extrasOf(reading, root)
    return finish(reading, { ...read, units, served, ...(cost === '' ? {} : { reportedCost: cost }) })
  }
