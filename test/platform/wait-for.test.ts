import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import { createLogger } from '#platform/log.ts'
import { NotYet, waitFor } from '#platform/wait-for.ts'
import { collectLines } from './http-fixture.ts'

/** Time passes only while the wait pauses. */
function fixture() {
  const stream = collectLines()
  const abort = new AbortController()
  const pauses: number[] = []
  let now = 0
  const options = {
    log: createLogger({ level: 'info', format: 'json', service: 'test', stream }),
    signal: abort.signal,
    clock: { now: () => now },
    pause: async (ms: number) => {
      pauses.push(ms)
      now += ms
    },
  }
  return { options, abort, pauses, lines: () => stream.lines.map(line => line['msg']) }
}

/** Fails with each of these in turn, then succeeds. */
function failing(...errors: readonly Error[]): () => Promise<string> {
  let calls = 0
  return async () => {
    const error = errors[calls++]
    if (error) throw error
    return 'there'
  }
}

const away = (detail: string) => new LedgerError('log_unavailable', detail)

test('what is there at once is not talked about', async () => {
  const { options, lines, pauses } = fixture()
  assert.equal(await waitFor('Kafka at k:9092', failing(), options), 'there')
  assert.deepEqual(lines(), [])
  assert.deepEqual(pauses, [])
})

test('one line says what is waited for and why, another that it is there', async () => {
  const { options, lines } = fixture()
  const refused = Array.from({ length: 6 }, () => away('connect ECONNREFUSED'))
  await waitFor('Kafka at k:9092', failing(...refused), options)
  assert.deepEqual(lines(), [
    'waiting for Kafka at k:9092: connect ECONNREFUSED',
    'Kafka at k:9092 is there after 11 s',
  ])
})

test('another reason is said too, and told to who asks', async () => {
  const { options, lines } = fixture()
  const reasons: string[] = []
  const attempt = failing(away('a'), away('a'), new NotYet('it has\n no schema'), away('a'))
  await waitFor('it', attempt, { ...options, onReason: reason => reasons.push(reason) })
  assert.deepEqual(reasons, ['a', 'it has no schema', 'a'])
  assert.equal(lines().length, 3)
})

test('reasons that take turns are each said once, and told whenever they change', async () => {
  const { options, lines } = fixture()
  const reasons: string[] = []
  const turns = Array.from({ length: 10 }, (_, i) => away(i % 2 === 0 ? 'a' : 'b'))
  await waitFor('it', failing(...turns), { ...options, onReason: reason => reasons.push(reason) })
  assert.deepEqual(lines(), ['waiting for it: a', 'waiting for it: b', 'it is there after 31 s'])
  assert.equal(reasons.length, 10)
})

test('pauses double from 200 ms and stay at 5 s', async () => {
  const { options, pauses } = fixture()
  await waitFor('it', failing(...Array.from({ length: 8 }, () => away('a'))), options)
  assert.deepEqual(pauses, [200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
})

test('what waiting cannot mend ends it at once', async () => {
  for (const error of [new LedgerError('log_denied', 'wrong password'), new TypeError('a defect')]) {
    const { options, pauses } = fixture()
    await assert.rejects(waitFor('it', failing(away('a'), error), options), error)
    assert.equal(pauses.length, 1)
  }
})

test('a signal ends it, with what was waited for and why in vain', async () => {
  const { options, abort } = fixture()
  const pause = async (ms: number) => {
    await options.pause(ms)
    if (options.clock.now() > 2_000) abort.abort()
  }
  const never = async () => {
    throw away('connect ECONNREFUSED')
  }
  await assert.rejects(waitFor('Kafka at k:9092', never, { ...options, pause }), {
    message: 'Kafka at k:9092 was not there after 3 s: connect ECONNREFUSED',
  })
})

test('a pause of its own ends with the signal', async () => {
  const { log, signal } = fixture().options
  const abort = new AbortController()
  const never = async () => {
    setImmediate(() => abort.abort())
    throw away('a')
  }
  await assert.rejects(
    waitFor('it', never, { log, signal: AbortSignal.any([signal, abort.signal]) }),
    /it was not there after 0 s: a/,
  )
})

test('no password of an address gets into the log', async () => {
  const { options, lines } = fixture()
  await waitFor('it', failing(away('cannot reach http://writer:hunter2@host:8123')), options)
  assert.ok(!lines().join().includes('hunter2'), lines().join())
})
