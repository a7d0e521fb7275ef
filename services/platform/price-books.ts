// The prices in force: the shipped book with the user's own prices on top. The user's file is looked at every second and read
// whole; one with any fault is refused whole, with every complaint, and the prices from before stay in force. Nothing is ever
// fetched: a price that changes because a network answered differently is no price.

import { readFileSync } from 'node:fs'
import { Gauge } from 'prom-client'
import { parseDocument } from 'yaml'
import { compileWithOverlay, type PriceBook } from '#core/price-book.ts'
import { contentHash } from '#core/price-book-hash.ts'
import { ConfigError } from './config-error.ts'
import { versionOf } from './file-version.ts'
import type { Logger } from './log.ts'
import type { Registry } from './metrics.ts'
import { loadPriceBook } from './price-book-file.ts'
import { SETTINGS } from './settings.ts'

/** What is priced with, and which two files it is made of. */
export interface Pricing {
  /** Both as one; its hash is the `price_book_version`. */
  readonly book: PriceBook
  readonly shippedHash: string
  /** '' without an overlay. */
  readonly overlayHash: string
}

export interface PriceBooks {
  current(): Pricing
  /** Called with the prices that are in force from now on. */
  onChange(listener: (pricing: Pricing) => void): void
  /** Stops looking at the file. */
  close(): void
}

export interface PriceBooksOptions {
  /** The user's own prices, JSON or YAML. */
  readonly overlayFile: string | undefined
  readonly log: Logger
  readonly registry?: Registry
  /** ms between looks at the file; default 1 s. */
  readonly pollMs?: number
}

const POLL_MS = 1_000

/**
 * The shipped book with an overlay.
 * @throws ConfigError with every complaint about the overlay, Error about the shipped book
 */
export async function readPricing(overlayFile: string | undefined): Promise<Pricing> {
  const shipped = await loadPriceBook()
  return overlayFile === undefined ? shippedAlone(shipped) : withOverlay(shipped, overlayFile)
}

/**
 * The same, followed as the overlay changes.
 * @throws as readPricing
 */
export async function openPriceBooks(options: PriceBooksOptions): Promise<PriceBooks> {
  const { overlayFile, log, registry, pollMs = POLL_MS } = options
  const shipped = await loadPriceBook()
  if (overlayFile === undefined) {
    const pricing = shippedAlone(shipped)
    return { current: () => pricing, onChange: () => undefined, close: () => undefined }
  }
  const file = overlayFile
  const listeners: ((pricing: Pricing) => void)[] = []
  // Before the file is read: what is written in between is seen at the next look.
  let seen = safeVersionOf(file)
  let pricing = withOverlay(shipped, file)
  let refused = 0
  if (registry) {
    new Gauge({
      name: 'spendledger_price_overlay_refused',
      help: '1 while the file of own prices is not in force because of faults in it',
      registers: [registry],
      collect() {
        this.set(refused)
      },
    })
  }

  function look(): void {
    const version = safeVersionOf(file)
    if (version === seen) return
    try {
      const read = withOverlay(shipped, file)
      if (refused === 1) log.info({ file }, 'own prices are in order again')
      refused = 0
      seen = version
      if (read.book.hash === pricing.book.hash) return
      pricing = read
      log.info({ file, price_book_version: read.book.hash }, 'read own prices again')
      for (const listener of listeners) listener(read)
    } catch (error) {
      seen = version
      refused = 1
      log.error(
        { file, reason: error instanceof Error ? error.message : String(error) },
        'own prices have faults and are not read; those from before stay in force',
      )
    }
  }
  const timer = setInterval(look, pollMs).unref()

  return {
    current: () => pricing,
    onChange(listener) {
      listeners.push(listener)
    },
    close: () => clearInterval(timer),
  }
}

const shippedAlone = (book: PriceBook): Pricing => ({ book, shippedHash: book.hash, overlayHash: '' })

function withOverlay(shipped: PriceBook, file: string): Pricing {
  const overlay = readOverlay(file)
  const compiled = compileWithOverlay(shipped.json, overlay)
  if (compiled.kind === 'complaints') throw refusal(file, compiled.complaints)
  return { book: compiled.book, shippedHash: shipped.hash, overlayHash: contentHash(overlay) }
}

/** YAML holds JSON, so one reader is enough. */
function readOverlay(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw refusal(file, [code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code ?? message})`])
  }
  const document = parseDocument(text, { uniqueKeys: true })
  const faults = document.errors.map(error => error.message.split('\n')[0] ?? 'is no JSON or YAML')
  if (faults.length > 0) throw refusal(file, faults)
  return document.toJS()
}

const refusal = (file: string, complaints: readonly string[]): ConfigError =>
  new ConfigError(
    complaints.map(complaint => ({ setting: SETTINGS.prices.env, message: `${file}: ${complaint}` })),
  )

/** A file that is gone is as good as another version of it. */
function safeVersionOf(file: string): string {
  try {
    return versionOf(file)
  } catch {
    return ''
  }
}
