// The prices in force with their number: a book prices events only once it has one, and the last one of several wins.

import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { systemClock } from '#ports/clock.ts'
import { createNumberedBooks } from '../../services/consumer/numbered-books.ts'
import { startEngine } from '../support/engine.ts'
import { eventually } from '../support/ledger-process.ts'
import { silentLog } from '../support/silent.ts'
import { bookOf, changingBooks, numbered } from './reprice/kit.ts'

async function setUp(t: TestContext) {
  const writer = (await startEngine(t)).warehouse('writer')
  const [a, b, c] = [1, 2, 3].map(rate => bookOf({ a: rate })) as [never, never, never]
  const first = await numbered(writer, a)
  const books = changingBooks(a)
  let down = false
  const warehouse: typeof writer = {
    ...writer,
    query: async (sql, options) => {
      if (down) throw new Error('down')
      return writer.query(sql, options)
    },
  }
  const { sequence } = first
  const prices = createNumberedBooks({
    books,
    numbered: { pricing: books.current(), sequence },
    warehouse,
    log: silentLog(),
    clock: systemClock,
  })
  t.after(() => prices.stop())
  return { prices, books, a, b, c, sequence, setDown: (value: boolean) => (down = value) }
}

it('a new book is used once it has a number, however long the warehouse is away, and an older one is skipped', async t => {
  const { prices, books, a, b, c, sequence, setDown } = await setUp(t)
  books.change(b)
  assert.equal(prices.current().sequence, sequence, 'nobody listened yet')
  await prices.start()
  const taken = () =>
    eventually(
      'a new number',
      async () => prices.current().sequence,
      n => n > sequence,
    )
  assert.equal(await taken(), sequence + 1)
  setDown(true)
  books.change(a)
  books.change(c)
  assert.equal(prices.current().book, b)
  setDown(false)
  await eventually(
    'the last book',
    async () => prices.current().book,
    book => book === c,
  )
  assert.equal(prices.current().sequence, sequence + 2, 'the one in between has no number')
})

it('stops at once while the warehouse is away', async t => {
  const { prices, books, b, a, setDown } = await setUp(t)
  await prices.start()
  setDown(true)
  books.change(b)
  await prices.stop()
  assert.equal(prices.current().book, a)
})
