// Bedrock's own usage objects: Converse's `usage`, Nova's, and the `amazon-bedrock-invocationMetrics` of InvokeModel. As at
// Anthropic, input, cache reads and cache writes lie beside one another. What InvokeModel returns in a model maker's own
// shape is read by that maker's normaliser. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html

import type { Outcome } from '../outcome.ts'
import { noTokens } from '../tokens.ts'
import type { NormalisedUsage, UsageObject } from './types.ts'
import {
  count,
  finish,
  list,
  nullable,
  type Reading,
  rootNode,
  startReading,
  total,
  type UsageNode,
  word,
} from './usage-reader.ts'

export function normaliseBedrock(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const root = rootNode(usage)
  // Titan's embeddings count their input and have no output.
  const isEmbedding = 'inputTextTokenCount' in usage
  const input = count(reading, root, isEmbedding ? 'inputTextTokenCount' : counted(usage, 'inputToken'))
  const output = isEmbedding ? 0 : count(reading, root, counted(usage, 'outputToken'))
  const cacheRead = nullable(reading, root, counted(usage, 'cacheReadInputToken'))
  const writes = readWrites(reading, root)
  const sum = total(reading, root, 'totalTokens')
  const all = input + output + cacheRead + writes.fiveMinutes + writes.oneHour
  // Some models' totals leave out what was cached; then they are no check on the sum of all.
  const leftOut = sum === input + output && sum !== all
  return finish(reading, {
    tokens: {
      ...noTokens(),
      input,
      cache_read: cacheRead,
      cache_write_5m: writes.fiveMinutes,
      cache_write_1h: writes.oneHour,
      output,
    },
    units: {},
    totalReported: leftOut ? null : (sum ?? null),
    consistent: writes.consistent && (sum === undefined || sum === all || leftOut),
    served: {},
  })
}

/** `inputTokens` at Converse, `inputTokenCount` in the invocation metrics; Nova's answers mix both. */
const counted = (usage: UsageObject, stem: string): string =>
  `${stem}Count` in usage ? `${stem}Count` : `${stem}s`

/** Writes by lifetime; what the details do not name was written for five minutes. */
function readWrites(reading: Reading, root: UsageNode) {
  const field = counted(root.value, 'cacheWriteInputToken')
  const whole = nullable(reading, root, field)
  let [named, oneHour, known] = [0, 0, true]
  for (const entry of list(reading, root, 'cacheDetails')) {
    const tokens = count(reading, entry, 'inputTokens')
    const ttl = word(reading, entry, 'ttl')
    named += tokens
    if (ttl === '1h') oneHour += tokens
    else known &&= ttl === '5m'
  }
  const written = root.value[field] == null ? named : whole
  const consistent = known && named <= written
  return {
    fiveMinutes: consistent ? written - oneHour : written,
    oneHour: consistent ? oneHour : 0,
    consistent,
  }
}
