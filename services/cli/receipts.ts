// Adds up what the collector said about batches: how many it accepted, what it rejected and why, what it warned about.

import type { Batch } from './batches.ts'
import { CommandError } from './errors.ts'
import { count, counted } from './figures.ts'
import { type Io, write } from './io.ts'
import { plain } from './plain.ts'
import { type Answer, readAnswer } from './retry.ts'

/** A rejected event, as `--json` prints it. */
export interface Rejected {
  /** Where the event begins in the input, from 1. */
  readonly line: number
  readonly event_id: string
  readonly code: string
  readonly message: string
}

interface Receipt {
  readonly accepted?: number
  readonly rejected?: readonly (Omit<Rejected, 'line'> & { readonly index: number })[]
  readonly warnings?: readonly { readonly message: string }[]
}

export interface Receipts {
  readonly accepted: number
  readonly rejected: number
  /** The last line that was answered. */
  readonly lastLine: number
  /** Counts an event that was not sent, because it never could be. */
  refuse(line: number, reason: string): Promise<void>
  take(batch: Batch, answer: Answer): Promise<void>
  /** For people; as JSON the last line of the output. Without a line break at the end. */
  summary(): string
}

/** Rejections that people are shown; the rest is counted. */
const SHOWN = 20

/** Kinds of warnings that are told apart; texts hold names of fields, so there may be many. */
const KINDS = 1_000

/** @param all prints every rejection as a line of JSON at once, instead of keeping the first ones for the summary */
export function createReceipts(io: Io, all: boolean): Receipts {
  const first: Rejected[] = []
  const warnings = new Map<string, number>()
  let accepted = 0
  let rejected = 0
  let lastLine = 0

  async function reject(rejection: Rejected): Promise<void> {
    rejected += 1
    if (all) await write(io.stdout, `${JSON.stringify(rejection)}\n`)
    else if (first.length < SHOWN) first.push(rejection)
  }

  return {
    get accepted() {
      return accepted
    },
    get rejected() {
      return rejected
    },
    get lastLine() {
      return lastLine
    },
    refuse: (line, message) => reject({ line, event_id: '', code: 'not_sent', message }),
    async take({ lines }, answer) {
      const receipt = readAnswer<Receipt>(answer)
      if (typeof receipt.accepted !== 'number') {
        throw new CommandError('unexpected_answer', 'the answer to the events is no receipt of spendledger')
      }
      accepted += receipt.accepted
      for (const { index, event_id, code, message } of receipt.rejected ?? []) {
        await reject({ line: lines[index] ?? 0, event_id, code, message })
      }
      for (const { message } of receipt.warnings ?? []) {
        const kind = warnings.has(message) || warnings.size < KINDS ? message : 'other warnings'
        warnings.set(kind, (warnings.get(kind) ?? 0) + 1)
      }
      lastLine = lines.at(-1) ?? lastLine
    },
    summary: () => (all ? jsonSummary() : textSummary()),
  }

  function jsonSummary(): string {
    const kinds = [...warnings].map(([message, events]) => ({ message, events }))
    return JSON.stringify({ accepted, rejected, warnings: kinds })
  }

  function textSummary(): string {
    const lines = [`accepted ${count(accepted)}`, `rejected ${count(rejected)}`]
    for (const { line, event_id, code, message } of first) {
      lines.push(plain(`  line ${line}${event_id === '' ? '' : ` (${event_id})`}: ${message} [${code}]`))
    }
    if (rejected > first.length) lines.push(`  and ${count(rejected - first.length)} more; --json prints all`)
    for (const [message, events] of warnings) {
      lines.push(plain(`warning: ${message} (${counted(events, 'event')})`))
    }
    return lines.join('\n')
  }
}
