import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { limitsFor, thisMachine } from '#adapters/clickhouse/server/limits.ts'

const GIB = 2 ** 30

describe('limitsFor', () => {
  it('gives the engine half of the machine, at most 8 GiB and at least 512 MiB', () => {
    const share = (memoryBytes: number) => limitsFor({ cores: 2, memoryBytes }).serverBytes
    assert.equal(share(4 * GIB), 2 * GIB)
    assert.equal(share(256 * GIB), 8 * GIB)
    assert.equal(share(GIB / 2), GIB / 2)
  })

  it('does what the operator says instead', () => {
    assert.equal(limitsFor({ cores: 2, memoryBytes: 4 * GIB }, 20 * GIB).serverBytes, 20 * GIB)
  })

  it('never lets readers or a recompute take all, whatever the machine', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 43 }), memoryBytes => {
        const limits = limitsFor({ cores: 4, memoryBytes })
        assert.ok(limits.readerBytes <= limits.serverBytes / 2)
        assert.ok(limits.readerQueryBytes <= limits.readerBytes / 2)
        assert.ok(limits.aggregatorQueryBytes <= limits.serverBytes / 2)
        for (const bytes of Object.values(limits)) assert.ok(Number.isInteger(bytes) && bytes > 0)
      }),
    )
  })
})

describe('thisMachine', () => {
  it('has a core and no more memory than there is', () => {
    const { cores, memoryBytes } = thisMachine()
    assert.ok(cores >= 1)
    assert.ok(memoryBytes > 2 ** 27 && memoryBytes < 2 ** 50)
  })
})
