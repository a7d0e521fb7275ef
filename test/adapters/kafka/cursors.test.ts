import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Cursor, createCursors } from '#adapters/kafka/cursors.ts'

const TOPIC = 'events'
const place = { topic: TOPIC, partition: 0 }
const stands = (committed: number, end: number, logId = 'log-a') => ({
  logId,
  partition: 0,
  committed,
  end,
})

/** What is wrong about a partition's reading, told from what was given out and settled alone. */
type Step =
  | { readonly kind: 'fetch'; readonly length: number; readonly astray: number }
  | { readonly kind: 'deliver'; readonly share: number }
  | { readonly kind: 'settle'; readonly first: number; readonly length: number }
  | { readonly kind: 'commit' }
  | { readonly kind: 'rebalance' }
  | { readonly kind: 'expel'; readonly othersGoOnBy: number }
  | { readonly kind: 'missed generation'; readonly othersGoOnBy: number }
  | { readonly kind: 'made anew' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('fetch' as const),
      length: fc.integer({ min: 1, max: 5 }),
      astray: fc.constantFrom(0, 0, 0, -2, 3),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('deliver' as const), share: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      first: fc.nat(40),
      length: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rebalance' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expel' as const), othersGoOnBy: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('missed generation' as const), othersGoOnBy: fc.nat(4) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('made anew' as const) }) },
)

/** One partition, its broker, and a reader that uses cursors as the adapter does. All of it offset by offset. */
function world() {
  const END = 1_000
  const cursors = createCursors()
  let logId = 'log-0'
  let cursor: Cursor
  /** Fetched, in order, and not delivered. */
  let waiting: number[] = []
  /** What this group has dealt with, whoever of it. */
  let dealt = new Set<number>()
  let delivered = new Set<number>()
  let committed = 0

  function resume(): void {
    waiting = []
    cursor = cursors.resume(TOPIC, stands(committed, END, logId))
    assert.ok(cursor.fetched >= committed, 'begins behind what is committed')
    for (let offset = committed; offset < cursor.fetched; offset++) {
      assert.ok(delivered.has(offset), `offset ${offset} is passed over undelivered`)
    }
  }
  function others(goOnBy: number): void {
    for (let offset = committed; offset < committed + goOnBy; offset++) dealt.add(offset)
    committed += goOnBy
  }

  cursors.assign({ [TOPIC]: [0] }, true)
  resume()

  return function run(action: Step): void {
    switch (action.kind) {
      case 'fetch': {
        const first = cursor.fetched + action.astray
        const last = first + action.length - 1
        const taken = cursors.accept(place, { first, last })
        assert.equal(taken !== undefined, action.astray === 0, 'takes what goes on, and nothing else')
        if (taken) for (let offset = first; offset <= last; offset++) waiting.push(offset)
        return
      }
      case 'deliver': {
        const [first] = waiting
        const some = waiting.splice(0, action.share)
        const last = some.at(-1)
        if (first === undefined || last === undefined) return
        cursors.deliver(cursor, { first, last })
        for (const offset of some) delivered.add(offset)
        return
      }
      case 'settle': {
        const last = action.first + action.length - 1
        cursors.settle([{ logId, topic: TOPIC, partition: 0, first: action.first, last }])
        cursors.settle([{ logId: 'another', topic: TOPIC, partition: 0, first: 0, last: END }])
        cursors.settle([{ topic: TOPIC, partition: 1, first: 0, last: END }])
        for (let offset = action.first; offset <= last; offset++) {
          if (delivered.has(offset)) dealt.add(offset)
        }
        return
      }
      case 'commit': {
        for (const { cursor, position } of cursors.moved()) {
          assert.ok(position > committed, `the position went from ${committed} back to ${position}`)
          for (let offset = committed; offset < position; offset++) {
            assert.ok(dealt.has(offset), `the position passed ${offset}, which nobody dealt with`)
          }
          committed = position
          cursor.committed = position
        }
        return
      }
      case 'rebalance':
        cursors.assign({ [TOPIC]: [0] }, false)
        resume()
        return
      case 'missed generation':
        others(action.othersGoOnBy)
        cursors.assign({ [TOPIC]: [0] }, false)
        resume()
        return
      case 'expel':
        others(action.othersGoOnBy)
        cursors.assign({ [TOPIC]: [0] }, true)
        resume()
        return
      case 'made anew':
        logId = `${logId}'`
        committed = 0
        dealt = new Set()
        delivered = new Set()
        resume()
        return
    }
  }
}

describe('positions of a reader', () => {
  test('never pass an open record, never go back, and leave nothing undelivered, whatever happens in between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const run = world()
        for (const one of steps) run(one)
      }),
      { numRuns: 2_000 },
    )
  })

  test('a fetch is taken only where the one before ended', () => {
    const cursors = createCursors()
    cursors.resume(TOPIC, stands(5, 100))
    assert.equal(cursors.accept(place, { first: 7, last: 9 }), undefined)
    assert.equal(cursors.accept(place, { first: 0, last: 9 }), undefined)
    assert.ok(cursors.accept(place, { first: 5, last: 9 }))
    assert.ok(cursors.accept(place, { first: 10, last: 10 }))
    assert.equal(cursors.accept({ topic: TOPIC, partition: 1 }, { first: 0, last: 0 }), undefined)
  })

  test('what was delivered before a rebalance is not fetched again, what was only fetched is', () => {
    const cursors = createCursors()
    const cursor = cursors.resume(TOPIC, stands(0, 100))
    cursors.accept(place, { first: 0, last: 49 })
    cursors.deliver(cursor, { first: 0, last: 19 })
    cursors.assign({ [TOPIC]: [0] }, false)
    assert.equal(cursors.resume(TOPIC, stands(0, 100)).fetched, 20)
    cursors.settle([{ topic: TOPIC, partition: 0, first: 0, last: 19 }])
    assert.deepEqual(
      cursors.moved().map(({ position }) => position),
      [20],
    )
  })

  test('nothing is kept of a partition that was taken away, nor after the member was expelled', () => {
    for (const [assignment, expelled] of [
      [{ [TOPIC]: [1] }, false],
      [{ [TOPIC]: [0] }, true],
    ] as const) {
      const cursors = createCursors()
      cursors.deliver(cursors.resume(TOPIC, stands(0, 100)), { first: 0, last: 9 })
      cursors.assign(assignment, expelled)
      cursors.settle([{ topic: TOPIC, partition: 0, first: 0, last: 9 }])
      assert.deepEqual(cursors.moved(), [])
      assert.equal(cursors.get(TOPIC, 0), undefined)
    }
  })

  test('a log that lost its end is read from where the group stands', () => {
    const cursors = createCursors()
    cursors.deliver(cursors.resume(TOPIC, stands(0, 100)), { first: 0, last: 99 })
    assert.equal(cursors.resume(TOPIC, stands(0, 60)).fetched, 0)
  })
})
