import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Batch, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, toBatches } from '../../services/cli/batches.ts'

async function batch(events: readonly Buffer[]): Promise<{ batches: Batch[]; refused: string[] }> {
  const refused: string[] = []
  const batches: Batch[] = []
  const source = (async function* () {
    for (const [i, bytes] of events.entries()) yield { bytes, line: i + 1 }
  })()
  for await (const one of toBatches(source, async (line, reason) => void refused.push(`${line} ${reason}`))) {
    batches.push(one)
  }
  return { batches, refused }
}

test('a batch holds at most 500 events, and every event once and in order', async () => {
  const { batches } = await batch(Array.from({ length: 1_234 }, (_, i) => Buffer.from(`{"n":${i}}`)))
  assert.deepEqual(
    batches.map(({ lines }) => lines.length),
    [MAX_BATCH_EVENTS, MAX_BATCH_EVENTS, 234],
  )
  const all = batches.map(({ body }) => body.toString()).join('')
  assert.equal(all, Array.from({ length: 1_234 }, (_, i) => `{"n":${i}}\n`).join(''))
  assert.deepEqual(
    batches.flatMap(({ lines }) => lines),
    Array.from({ length: 1_234 }, (_, i) => i + 1),
  )
})

test('a batch stays below the largest body that the collector takes', async () => {
  const { batches } = await batch(Array.from({ length: 100 }, () => Buffer.alloc(50_000, 0x61)))
  assert.ok(batches.length > 1)
  for (const { body } of batches) assert.ok(body.length <= MAX_BATCH_BYTES)
})

test('what can never be sent is refused and its neighbours are not', async () => {
  const { batches, refused } = await batch([
    Buffer.from('{"a":1}'),
    Buffer.from([0x7b, 0xff, 0x7d]),
    Buffer.alloc(MAX_BATCH_BYTES, 0x61),
    Buffer.from('{"b":2}'),
  ])
  assert.deepEqual(
    batches.map(({ lines }) => lines),
    [[1, 4]],
  )
  assert.equal(refused.length, 2)
  assert.match(refused[0] ?? '', /^2 .*UTF-8/)
  assert.match(refused[1] ?? '', /^3 .*bytes/)
})

test('no events make no batch', async () => {
  assert.deepEqual(await batch([]), { batches: [], refused: [] })
})
