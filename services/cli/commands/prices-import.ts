// `spendledger prices import`: LiteLLM's price map as a file of own prices, with everything that could not be taken.

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { importLitellm } from '#core/catalog/litellm.ts'
import { compileWithOverlay } from '#core/price-book.ts'
import type { PriceOverlayJson } from '#core/price-book-json.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { writeWhole } from '#platform/whole-file.ts'
import { CommandError } from '../errors.ts'
import { count, counted } from '../figures.ts'
import { networkCode } from '../http.ts'
import { type Io, note, write } from '../io.ts'
import { plain } from '../plain.ts'
import { findingsTable, lintNamed } from './prices-lint.ts'

export interface ImportOptions {
  /** Default: standard output. */
  readonly out?: string
  /** What was left out and found as JSON, on standard error. */
  readonly json?: boolean
}

const READABLE = 0o644

/** @throws CommandError for what is no price map, or what cannot be laid over the shipped book */
export async function importPrices(io: Io, file: string, options: ImportOptions): Promise<void> {
  const on = new Date(io.clock.now()).toISOString().slice(0, 10)
  const { overlay, skipped } = importLitellm(await readMap(file), { on, source: basename(file) })
  const { rules = [] } = overlay
  if (rules.length === 0) throw new CommandError('wrong_usage', `${file} is no price map of LiteLLM`)
  const shipped = await loadPriceBook()
  const compiled = compileWithOverlay(shipped.json, overlay)
  if (compiled.kind === 'complaints') {
    throw new CommandError('price_faults', [file, ...compiled.complaints].join('\n  '))
  }
  const text = overlayText(overlay)
  if (options.out === undefined) await write(io.stdout, text)
  else writeWhole(options.out, text, READABLE)

  const own = new Set(rules.map(({ provider, model }) => `${provider}/${model}`))
  const findings = await lintNamed(io, { name: file, book: compiled.book, own }, { strict: false })
  if (options.json) {
    await note(io, JSON.stringify({ models: rules.length, left_out: skipped, findings }))
    return
  }
  for (const { key, reason } of skipped) await note(io, plain(`left out: ${key}: ${reason}`))
  if (findings.length > 0) await note(io, findingsTable(io, findings))
  await note(
    io,
    `${counted(rules.length, 'model')} taken, ${count(skipped.length)} left out, ${counted(findings.length, 'finding')}`,
  )
}

/** Read as JSON alone: the map is large, and YAML takes many times as long. */
async function readMap(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'it is no JSON' : networkCode(cause)
    throw new CommandError('wrong_usage', `cannot read ${file}: ${reason}`, { cause })
  }
}

/** One rule a line: the next import shows a changed price as a changed line. */
function overlayText({ rules = [], ...rest }: PriceOverlayJson): string {
  const lines = rules.map(rule => `    ${JSON.stringify(rule)}`).join(',\n')
  return `${JSON.stringify(rest, null, 2).slice(0, -2)},\n  "rules": [\n${lines}\n  ]\n}\n`
}
