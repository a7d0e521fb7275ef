// Loads the shipped price book. A service without a valid book does not start: pricing with half a book would look like
// pricing, and every total after it would be wrong.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileBook, type PriceBook } from '#core/price-book.ts'

const SHIPPED = fileURLToPath(new URL('../../schemas/prices/', import.meta.url))

/**
 * The newest book of a directory by file name (`2026-11.json`). Each file is a whole book, history included; older files
 * are kept for comparison only.
 * Rejects with an Error that names the file and lists everything that is wrong with it.
 */
export async function loadPriceBook(directory: string = SHIPPED): Promise<PriceBook> {
  const names = await readdir(directory)
  const newest = names
    .filter(name => /^\d{4}-\d{2}\.json$/.test(name))
    .sort()
    .at(-1)
  if (newest === undefined) throw new Error(`There is no price book such as 2026-11.json in ${directory}`)
  const file = join(directory, newest)
  const compiled = compileBook(parse(await readFile(file, 'utf8'), file))
  if (compiled.kind === 'ok') return compiled.book
  throw new Error(
    `The price book ${file} is not valid:\n${compiled.complaints.map(line => `  ${line}`).join('\n')}`,
  )
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`The price book ${file} is not JSON`, { cause })
  }
}
