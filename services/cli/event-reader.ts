// The events of a file, however large: NDJSON, a JSON array, or objects one after the other over many lines. Events are cut out
// as bytes and never parsed and written anew: that would change numbers, and an event that is sent twice must be the same
// bytes twice. What is no JSON is cut by lines and left for the collector to refuse.

export interface EventText {
  readonly bytes: Buffer
  /** Where it begins, from 1. */
  readonly line: number
}

/** Cuts a stream into events. It keeps one event in memory, not more. */
export interface Splitter {
  push(chunk: Uint8Array): EventText[]
  /** What is left at the end. @throws Error when it is half an event */
  end(): EventText[]
}

const NEWLINE = 0x0a
const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN = new Set([0x5b, 0x7b])
const CLOSE = new Set([0x5d, 0x7d])
const ARRAY_OPEN = 0x5b
const ARRAY_CLOSE = 0x5d
const OBJECT_OPEN = 0x7b

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

/** More than this, in bytes, is no event: the rest of a broken file is not gathered in memory. */
export const MAX_EVENT_BYTES = 2 ** 20

export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<EventText> {
  let head = Buffer.alloc(0)
  let splitter: Splitter | undefined
  for await (const chunk of chunks) {
    if (splitter) {
      yield* splitter.push(chunk)
      continue
    }
    head = Buffer.concat([head, chunk])
    splitter = chooseSplitter(head, false)
    if (splitter) yield* splitter.push(withoutMark(head))
  }
  if (!splitter) {
    splitter = chooseSplitter(head, true)
    if (splitter) yield* splitter.push(withoutMark(head))
  }
  if (splitter) yield* splitter.end()
}

const withoutMark = (head: Buffer): Buffer =>
  head.subarray(0, 3).equals(BYTE_ORDER_MARK) ? head.subarray(3) : head

/** By the first line: a whole value means NDJSON. undefined while that cannot be told. */
function chooseSplitter(head: Buffer, complete: boolean): Splitter | undefined {
  const text = withoutMark(head)
  const start = text.findIndex(byte => !isSpace(byte))
  const first = text[start]
  if (first === undefined) return undefined
  if (first === ARRAY_OPEN) return splitValues()
  const newline = text.indexOf(NEWLINE, start)
  if (newline < 0 && !complete && text.length <= MAX_EVENT_BYTES) return undefined
  const line = newline < 0 ? text.subarray(start) : text.subarray(start, newline + 1)
  return first === OBJECT_OPEN && !isClosed(line) ? splitValues() : splitLines()
}

/** Whether every bracket of a line is closed in it. */
function isClosed(line: Buffer): boolean {
  const probe = splitValues()
  try {
    probe.push(line)
    probe.end()
    return true
  } catch {
    return false
  }
}

/** One event a line. */
export function splitLines(): Splitter {
  let rest: Buffer = Buffer.alloc(0)
  let line = 1

  function take(bytes: Buffer): EventText[] {
    const event = { bytes, line }
    line += 1
    return bytes.every(isSpace) ? [] : [event]
  }

  return {
    push(chunk) {
      const events: EventText[] = []
      let buffer = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
      for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE)) {
        events.push(...take(buffer.subarray(0, end)))
        buffer = buffer.subarray(end + 1)
      }
      if (buffer.length > MAX_EVENT_BYTES) throw tooLong(line)
      rest = buffer
      return events
    },
    end: () => take(rest),
  }
}

/** Values inside of an array, or one after the other. */
export function splitValues(): Splitter {
  let line = 1
  let startLine = 1
  let pieces: Buffer[] = []
  let gathered = 0
  let inValue = false
  let inArray = false
  let depth = 0
  let inString = false
  let escaped = false

  function finish(): EventText {
    const bytes = withoutNewlines(Buffer.concat(pieces))
    pieces = []
    gathered = 0
    inValue = false
    return { bytes, line: startLine }
  }

  return {
    push(chunk) {
      const buffer = Buffer.from(chunk)
      const events: EventText[] = []
      let start = 0
      const endAt = (end: number) => {
        pieces.push(buffer.subarray(start, end))
        events.push(finish())
      }
      for (let i = 0; i < buffer.length; i++) {
        const byte = buffer[i] as number
        if (byte === NEWLINE) line += 1
        if (inString) {
          if (escaped) escaped = false
          else if (byte === BACKSLASH) escaped = true
          else if (byte === QUOTE) inString = false
          continue
        }
        if (depth === 0 && (isSpace(byte) || byte === COMMA || (inArray && byte === ARRAY_CLOSE))) {
          if (inValue) endAt(i)
          if (byte === ARRAY_CLOSE) inArray = false
          continue
        }
        if (!inValue && !inArray && byte === ARRAY_OPEN) {
          inArray = true
          continue
        }
        if (!inValue) {
          inValue = true
          start = i
          startLine = line
        }
        if (byte === QUOTE) inString = true
        else if (OPEN.has(byte)) depth += 1
        else if (CLOSE.has(byte) && depth > 0 && --depth === 0) endAt(i + 1)
      }
      if (inValue) {
        pieces.push(buffer.subarray(start))
        gathered += buffer.length - start
        if (gathered > MAX_EVENT_BYTES) throw tooLong(startLine)
      }
      return events
    },
    end() {
      if (depth > 0 || inString) throw new Error(`the event that begins in line ${startLine} does not end`)
      if (inArray) throw new Error('the array does not end: is the file cut off?')
      return inValue ? [finish()] : []
    },
  }
}

/** Line breaks between the parts of a value mean nothing; in NDJSON they would end it. */
const withoutNewlines = (bytes: Buffer): Buffer =>
  bytes.map(byte => (byte === NEWLINE || byte === 0x0d ? 0x20 : byte)) as Buffer

const tooLong = (line: number): Error =>
  new Error(`the event that begins in line ${line} is longer than 1 MiB`)
