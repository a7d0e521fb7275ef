// Python's fastavro as a second opinion on our bytes: a producer in another language must write what we write and read what we
// read. Runs the very snippet that docs/event.md shows. Skipped where Python has no fastavro, unless REQUIRE_FASTAVRO=1.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import type { UsageEvent } from '#core/usage-event.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'
import { arbitraryEvent } from './arbitrary-event.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PEER = fileURLToPath(new URL('fastavro_peer.py', import.meta.url))
const TIMEOUT_MS = 60_000

const required = process.env['REQUIRE_FASTAVRO'] === '1'
const available = spawnSync('python3', ['-c', 'import fastavro'], { timeout: TIMEOUT_MS }).status === 0
const skip = !available && !required && 'python3 cannot import fastavro (python3 -m pip install fastavro)'

const store = loadSchemaStore()
const codec = createUsageEventCodec(store)

interface Answer {
  readonly encoded: readonly string[]
  readonly decoded: readonly UsageEvent[]
  readonly fingerprint: string
}

function askPeer(events: readonly object[], encoded: readonly Uint8Array[]): Answer {
  const docs = readFileSync(new URL('../../../docs/event.md', import.meta.url), 'utf8')
  const snippet = /```python\n(.*?)```/s.exec(docs)?.[1]
  assert.ok(snippet, 'docs/event.md shows a producer')
  const { status, stdout, stderr } = spawnSync('python3', [PEER], {
    cwd: ROOT,
    input: JSON.stringify({ snippet, events, encoded: encoded.map(hex) }),
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    timeout: TIMEOUT_MS,
  })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('random events: the same bytes, and each reads the other', { skip }, () => {
  const events = fc.sample(arbitraryEvent, { seed: 20_261_124, numRuns: 300 })
  const ours = events.map(event => codec.encode(event))
  const peer = askPeer(events, ours)
  assert.deepEqual(peer.encoded, ours.map(hex))
  assert.deepEqual(peer.decoded, events)
  for (const [i, bytes] of peer.encoded.entries()) {
    assert.deepEqual(codec.decode(Buffer.from(bytes, 'hex')), { kind: 'avro', event: events[i] })
  }
})

test('an event of the needed fields alone gets the same defaults', { skip }, () => {
  const needed = { event_id: 'e-1', occurred_at: 1_795_000_000_000 }
  const event = { ...defaultEvent(), ...needed }
  const ours = codec.encode(event)
  assert.deepEqual(askPeer([needed], [ours]).encoded, [hex(ours)])
})

test('maps keep the order of insertion, unions and texts of every length come out alike', { skip }, () => {
  const event: UsageEvent = {
    ...defaultEvent(),
    event_id: 'e-1',
    occurred_at: 1_795_000_000_000,
    feature: 'Prüfung 検査 🚀',
    user_id: 'x'.repeat(1024),
    output_started: false,
    total_tokens_reported: 0,
    tags: { zebra: '1', apple: '2', mango: '' },
    prompt_parts: { user_message: 2 ** 31, history: 0 },
    latency_ms: 2 ** 32 - 1,
  }
  const ours = codec.encode(event)
  const peer = askPeer([event], [ours])
  assert.deepEqual(peer.encoded, [hex(ours)])
  assert.deepEqual(Object.keys(peer.decoded[0]?.tags ?? {}), ['zebra', 'apple', 'mango'])
})

test('the fingerprint is the same', { skip }, () => {
  const littleEndian = Buffer.alloc(8)
  littleEndian.writeBigUInt64LE(store.newest.fingerprint)
  assert.equal(askPeer([], []).fingerprint, littleEndian.toString('hex'))
})
