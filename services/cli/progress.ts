// A line that says how far a command is, for a person who looks at it; nothing in a pipe.

import { type Io, isTerminal } from './io.ts'

export interface Progress {
  show(text: string): void
  /** Removes the line, before anything else is written. */
  clear(): void
}

const TO_LINE_START_AND_ERASE = '\r\u001b[K'

export function createProgress({ stderr, env }: Io): Progress {
  if (!isTerminal(stderr) || env['TERM'] === 'dumb') return { show() {}, clear() {} }
  return {
    show: text => stderr.write(`${TO_LINE_START_AND_ERASE}${text}`),
    clear: () => stderr.write(TO_LINE_START_AND_ERASE),
  }
}
