// A child of the bench `price`: loads, checks and compiles the shipped book once in a fresh process, where nothing is warm,
// and prints what it took. Rules are compiled when they are first asked for, so it asks for all of them, too: that is the most
// that the book can grow to. Needs --expose-gc.

import { loadPriceBook } from '#platform/price-book-file.ts'

const collect = globalThis.gc
if (collect === undefined) throw new Error('run with --expose-gc')

function heap(): number {
  collect?.()
  return process.memoryUsage().heapUsed
}

const empty = heap()
const start = performance.now()
const book = await loadPriceBook()
const ms = performance.now() - start
const bytes = heap() - empty
const rules = book.models.flatMap(model => model.rules).length
const msOfAll = performance.now() - start
const bytesOfAll = heap() - empty
console.log(JSON.stringify({ ms, bytes, rules, msOfAll, bytesOfAll, hash: book.hash }))
