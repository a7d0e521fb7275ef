// Numbers of price books on the real engine: one each, whoever asks and however many at once.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { type BookIdentity, findBook, registerBook } from '../../services/consumer/book-version.ts'
import { startEngine } from '../support/engine.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')

const book = (bookHash: string): BookIdentity => ({ bookHash, overlayHash: '', normaliserVersion: 1 })

const shipped = await loadPriceBook()
const register = (identity: BookIdentity) => registerBook(writer, identity, shipped)

const rows = () =>
  writer.query<{ sequence: number; book: string }>(
    'SELECT sequence, book_hash AS book FROM price_book_versions ORDER BY sequence',
  )

describe('the number of a price book', () => {
  it('is given out once, kept, and given anew when an older book comes back', async () => {
    assert.equal(await findBook(writer, book('a')), undefined)
    assert.equal(await register(book('a')), 1)
    assert.equal(await register(book('a')), 1)
    assert.equal(await register(book('b')), 2)
    assert.equal(await findBook(writer, book('a')), 1, 'who still prices with it has its number')
    assert.equal(await register(book('a')), 3)
    assert.equal(await findBook(writer, book('a')), 3)
    assert.equal(await register({ ...book('a'), overlayHash: 'x' }), 4)
    assert.equal(await register({ ...book('a'), normaliserVersion: 2 }), 5)
  })

  it('is never that of two books, and never two rows, when many register at once', async () => {
    let round = 0
    const registrations = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(registrations, async which => {
        round += 1
        const before = (await rows()).length
        const names = which.map(n => `round ${round} book ${n}`)
        const numbers = await Promise.all(names.map(name => register(book(name))))
        const all = await rows()
        assert.deepEqual(
          all.map(row => row.sequence),
          all.map((_, i) => i + 1),
          'one row a number, without a gap',
        )
        const holder = new Map(all.map(row => [row.sequence, row.book]))
        for (const [i, name] of names.entries()) assert.equal(holder.get(numbers[i] ?? 0), name)
        assert.ok(all.length > before)
        for (const name of new Set(names)) {
          const found = await findBook(writer, book(name))
          assert.equal(holder.get(found ?? 0), name)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('is still claimed once after parts were merged', async () => {
    const newest = (await rows()).length
    await writer.command('OPTIMIZE TABLE price_book_versions FINAL')
    const [a, b] = await Promise.all([register(book('late a')), register(book('late b'))])
    assert.deepEqual([a, b].sort(), [newest + 1, newest + 2])
  })
})
