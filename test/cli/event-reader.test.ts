import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type EventText, readEvents } from '../../services/cli/event-reader.ts'

async function read(text: string | Buffer, cuts: readonly number[] = []): Promise<EventText[]> {
  const bytes = Buffer.from(text)
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length]
  const chunks = edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge))
  const events: EventText[] = []
  for await (const event of readEvents(stream(chunks))) events.push(event)
  return events
}

async function* stream(chunks: readonly Uint8Array[]) {
  yield* chunks
}

const texts = (events: readonly EventText[]) => events.map(({ bytes }) => bytes.toString())

// An object of one line at the beginning means NDJSON, so objects over many lines are not empty.
const event = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 })

const layouts: Readonly<Record<string, (events: readonly object[]) => string>> = {
  NDJSON: events => events.map(one => JSON.stringify(one)).join('\n'),
  'NDJSON with CRLF and blank lines': events => events.map(one => `${JSON.stringify(one)}\r\n\r\n`).join(''),
  'a JSON array': events => JSON.stringify(events),
  'a JSON array over many lines': events => JSON.stringify(events, null, 2),
  'objects over many lines': events => events.map(one => JSON.stringify(one, null, '\t')).join('\n'),
}

for (const [name, layout] of Object.entries(layouts)) {
  test(`every event of ${name} is found, wherever the stream is cut`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        async (events, cuts) => {
          const text = layout(events)
          const size = Buffer.byteLength(text)
          const found = await read(
            text,
            cuts.map(cut => cut % (size + 1)),
          )
          assert.deepEqual(
            texts(found).map(one => JSON.parse(one)),
            JSON.parse(JSON.stringify(events)),
          )
          for (const one of texts(found)) assert.ok(!one.includes('\n'))
        },
      ),
      { numRuns: 150 },
    )
  })
}

test('events are passed on byte by byte: numbers keep their digits', async () => {
  const text = '{"n": 9007199254740993,  "m":1.10}'
  assert.deepEqual(texts(await read(`${text}\n${text}`)), [text, text])
  assert.deepEqual(texts(await read(`[${text}, ${text}]`)), [text, text])
})

test('a broken line is an event of its own and its neighbours are whole', async () => {
  assert.deepEqual(texts(await read('{"a":1}\n{"b":\n{"c":3}\n')), ['{"a":1}', '{"b":', '{"c":3}'])
})

test('events say in which line they begin', async () => {
  const lines = async (text: string) => (await read(text)).map(({ line }) => line)
  assert.deepEqual(await lines('{"a":1}\n\n{"b":2}'), [1, 3])
  assert.deepEqual(await lines('[\n  {\n    "a": 1\n  },\n  {\n    "b": 2\n  }\n]'), [2, 5])
})

test('a byte order mark is no part of the first event', async () => {
  assert.deepEqual(texts(await read('\ufeff{"a":1}\n', [1, 2])), ['{"a":1}'])
  assert.deepEqual(texts(await read('\ufeff[{"a":1}]')), ['{"a":1}'])
})

test('what is no object in an array is left for the collector to refuse', async () => {
  assert.deepEqual(texts(await read('[1, "x", null, {"a":1}]')), ['1', '"x"', 'null', '{"a":1}'])
})

test('nothing, blanks and an empty array hold no event', async () => {
  for (const text of ['', ' \n\n', '[]', '[ ]\n']) assert.deepEqual(await read(text), [])
})

test('a file that is cut off says so', async () => {
  await assert.rejects(read('[{"a":1},\n{"b":'), /line 2 does not end/)
  await assert.rejects(read('[{"a":1},'), /array does not end/)
  await assert.rejects(read('{\n"a": 1'), /line 1 does not end/)
})

test('an event without end is not gathered in memory', async () => {
  const endless = Buffer.alloc(2 ** 21, 0x61)
  await assert.rejects(
    read(Buffer.concat([Buffer.from('{"a":1}\n{"'), endless])),
    /line 2 is longer than 1 MiB/,
  )
  await assert.rejects(read(Buffer.concat([Buffer.from('[{"a":"'), endless])), /line 1 is longer than 1 MiB/)
})
