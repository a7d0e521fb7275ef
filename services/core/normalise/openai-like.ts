// Reads a usage object in OpenAI's dialect: cached, written, audio and image tokens are inside the input, reasoning is
// inside the output unless the total or the provider's row says otherwise. Where neither reading fits the total, the usage is
// inconsistent; the wrong guess would bill reasoning twice or not at all.

import type { OpenaiNames } from './openai-names.ts'
import type { OpenaiQuirks } from './openai-quirks.ts'
import { allTokens, type Modalities, NO_MODALITIES, splitInput, splitOutput } from './split.ts'
import type { NormalisedUsage } from './types.ts'
import { count, nullable, optional, part, type Reading, total, type UsageNode } from './usage-reader.ts'

type Read = Pick<NormalisedUsage, 'tokens' | 'totalReported' | 'consistent'>

/**
 * The tokens of one usage object.
 *
 * @param outputIsImage output tokens that no detail divides are an image's.
 */
export function readOpenaiLike(
  reading: Reading,
  root: UsageNode,
  names: OpenaiNames,
  quirks: OpenaiQuirks,
  outputIsImage = false,
): Read {
  const some = quirks.nulls ? nullable : optional
  const usage = root.value
  const sum = total(reading, root, names.total)
  const prompt = count(reading, root, names.input)
  // Embeddings have no output; then the total must say that there was none.
  const isEmbedding = usage[names.output] == null && sum !== undefined && names.input !== 'input_tokens'
  const output = isEmbedding ? 0 : count(reading, root, names.output)
  const inDetails = part(reading, root, names.inputDetails) ?? part(reading, root, names.inputDetailsToo)
  const outDetails = part(reading, root, names.outputDetails) ?? part(reading, root, names.outputDetailsToo)

  const cached = some(reading, ...place(root, inDetails, names.cached, quirks.cached))
  const written = some(reading, ...placeInDetails(inDetails, names.written, quirks.written))
  const [reasoningNode, reasoningField] = place(
    root,
    outDetails,
    names.reasoning,
    quirks.reasoningAtTop ? [names.reasoning] : undefined,
  )
  const reasoning = some(reading, reasoningNode, reasoningField)
  const modalities = (details: UsageNode | undefined): Modalities =>
    details === undefined
      ? NO_MODALITIES
      : {
          audio: some(reading, details, names.audio),
          image: some(reading, details, names.image),
          video: some(reading, details, names.video),
        }
  const cachedDetails = part(reading, inDetails, names.cachedDetails)

  const excluded = quirks.promptMayExcludeCached === true && cached > prompt
  const input = excluded ? prompt + cached : prompt
  const beside = reasoning > 0 && reasoningIsBeside(sum, [input, prompt], output, reasoning, quirks)
  const into = splitInput(
    input,
    cached,
    written,
    modalities(inDetails),
    cachedDetails && modalities(cachedDetails),
  )
  const outBy =
    outputIsImage && outDetails === undefined ? { audio: 0, image: output, video: 0 } : modalities(outDetails)
  const out = splitOutput(output, reasoning, !beside, outBy)

  const all = input + output + (beside ? reasoning : 0)
  const leftOut =
    (excluded && sum === all - cached) ||
    (beside && quirks.totalWithoutReasoning === true && sum === all - reasoning)
  const missed =
    quirks.missed === undefined ||
    usage[quirks.missed] === undefined ||
    cached + some(reading, root, quirks.missed) === prompt
  return {
    tokens: allTokens(into, out, written, 0),
    // A total that is known to leave something out is no check on the sum.
    totalReported: leftOut ? null : (sum ?? null),
    consistent: into.consistent && out.consistent && missed && (sum === undefined || sum === all || leftOut),
  }
}

/** The total decides where it can: every reading of the input is tried with reasoning inside first. */
function reasoningIsBeside(
  sum: number | undefined,
  inputs: readonly number[],
  output: number,
  reasoning: number,
  quirks: OpenaiQuirks,
): boolean {
  if (quirks.totalWithoutReasoning) return true
  if (sum === undefined) return quirks.reasoningBeside === true
  return (
    !inputs.some(input => sum === input + output) && inputs.some(input => sum === input + output + reasoning)
  )
}

/** Where a count stands: in the details object, or at the top under another name. */
function place(
  root: UsageNode,
  details: UsageNode | undefined,
  field: string,
  atTop: readonly string[] | undefined,
): readonly [UsageNode | undefined, string] {
  if (atTop === undefined || details?.value[field] != null) return [details, field]
  const top = atTop.find(name => root.value[name] != null)
  return top === undefined ? [details, field] : [root, top]
}

const placeInDetails = (
  details: UsageNode | undefined,
  field: string,
  others: readonly string[] | undefined,
): readonly [UsageNode | undefined, string] =>
  others === undefined || details?.value[field] != null
    ? [details, field]
    : [details, others.find(name => details?.value[name] != null) ?? field]
