import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Chunk, createIncoming, type Extent, type Place } from '#adapters/kafka/incoming.ts'
import { createGathering } from '#adapters/polling/gathering.ts'

const recordAt = (offset: number, bytes: number) => ({
  offset,
  key: 'k',
  value: new Uint8Array(bytes),
  timestamp: 0,
})

/** A partition's chunks, as a run of bytes of records and of holes (undefined), cut at any place. */
const partition = fc.array(
  fc.array(fc.oneof(fc.nat(300), fc.constant(undefined)), { minLength: 1, maxLength: 20 }),
  { maxLength: 6 },
)

function chunksOf(cuts: readonly (readonly (number | undefined)[])[]): Chunk[] {
  let next = 0
  return cuts.map(cut => {
    const first = next
    next += cut.length
    const records = cut.flatMap((bytes, index) =>
      bytes === undefined ? [] : [recordAt(first + index, bytes)],
    )
    return { first, last: next - 1, records }
  })
}

describe('what waits to be polled', () => {
  test('comes out in order, once, without holes, and within the limits of each poll', () => {
    const limits = fc.record({
      maxRecords: fc.integer({ min: 1, max: 15 }),
      maxBytes: fc.integer({ min: 1, max: 900 }),
    })
    fc.assert(
      fc.property(
        fc.array(partition, { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(limits),
        (all, polls) => {
          const incoming = createIncoming<Place>(2 ** 20)
          const places = all.map((_, index) => ({ topic: 't', partition: index }))
          const chunks = all.map(chunksOf)
          chunks.forEach((list, index) => {
            for (const chunk of list) incoming.add(places[index] as Place, chunk)
          })
          const covered = all.map(() => 0)
          const read = all.map((): number[] => [])
          while (!incoming.isEmpty()) {
            const limit = polls.next().value as { maxRecords: number; maxBytes: number }
            const gathering = createGathering<Place>(limit)
            const extents = new Map<Place, Extent>()
            incoming.moveTo(gathering, extents)
            const records = [...gathering.batches.values()].flat()
            const bytes = records.reduce((sum, { value }) => sum + value.byteLength, 0)
            assert.ok(records.length <= limit.maxRecords)
            assert.ok(bytes <= limit.maxBytes || records.length === 1)
            assert.ok(extents.size > 0, 'a poll of what waits takes something')
            for (const [{ partition: index }, { first, last }] of extents) {
              assert.equal(first, covered[index], 'an extent begins where the one before ended')
              covered[index] = last + 1
            }
            for (const [place, some] of gathering.batches) {
              const extent = extents.get(place)
              for (const { offset } of some) {
                assert.ok(extent && extent.first <= offset && offset <= extent.last)
                read[place.partition]?.push(offset)
              }
            }
          }
          chunks.forEach((list, index) => {
            const expected = list.flatMap(({ records }) => records.map(({ offset }) => offset))
            assert.deepEqual(read[index], expected)
            assert.equal(covered[index], (list.at(-1)?.last ?? -1) + 1)
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  test('one partition with much does not hold up the others', () => {
    const incoming = createIncoming<Place>(2 ** 20)
    const [big, small] = [0, 1].map(partition => ({ topic: 't', partition }))
    assert.ok(big && small)
    for (let first = 0; first < 100; first += 10) {
      incoming.add(big, {
        first,
        last: first + 9,
        records: Array.from({ length: 10 }, (_, i) => recordAt(first + i, 1)),
      })
    }
    incoming.add(small, { first: 0, last: 0, records: [recordAt(0, 1)] })
    const polls = [0, 1].map(() => {
      const gathering = createGathering<Place>({ maxRecords: 5, maxBytes: 1_000 })
      incoming.moveTo(gathering, new Map())
      return [...gathering.batches.keys()]
    })
    assert.ok(polls.flat().includes(small))
  })

  test('is bounded by what it takes, values or none', () => {
    for (const bytes of [0, 1_000]) {
      const incoming = createIncoming<Place>(10_000)
      const place = { topic: 't', partition: 0 }
      let offset = 0
      while (incoming.hasRoom()) {
        incoming.add(place, { first: offset, last: offset, records: [recordAt(offset, bytes)] })
        offset += 1
        assert.ok(offset < 1_000, 'fills up')
      }
      const gathering = createGathering<Place>({ maxRecords: 10_000, maxBytes: 2 ** 20 })
      incoming.moveTo(gathering, new Map())
      assert.ok(incoming.hasRoom() && incoming.isEmpty())
    }
  })

  test('has room again once it is cleared', () => {
    const incoming = createIncoming<Place>(100)
    incoming.add({ topic: 't', partition: 0 }, { first: 0, last: 0, records: [recordAt(0, 500)] })
    assert.ok(!incoming.hasRoom())
    incoming.clear()
    assert.ok(incoming.hasRoom() && incoming.isEmpty())
  })
})
