// Logging: pino lines on standard error, so that standard output stays for people and pipes. What must never be in a log
// (credentials) is masked here, once. Foreign objects go under a key of their own: `log.info({ untrusted }, '...')`.

import { destination, type LoggerOptions, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { LedgerError } from '#core/errors.ts'
import type { Clock } from '#ports/clock.ts'
import { MASK, maskCredentials } from './secret.ts'

export type Logger = PinoLogger

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** auto: pretty on a terminal, JSON everywhere else. */
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

/** Where lines go; `isTTY` decides what `auto` means. */
export interface LogStream {
  write(line: string): unknown
  readonly isTTY?: boolean
}

const SENSITIVE = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'api_key',
  'apiKey',
  'routing_key',
]

/** Sensitive keys at the top of a line, one level below it, and in headers. */
const REDACTED = [...SENSITIVE, ...SENSITIVE.flatMap(key => [`*.${key}`, `*.headers.${key}`])]

const MAX_CAUSES = 5

/**
 * Errors as type, code, message, stack and cause, and nothing else of them: drivers hang requests, headers and addresses
 * on their errors. A LedgerError is foreseen and named by its code, so it needs no stack, nor does what lies behind an outage.
 */
function serializeError(error: unknown, depth = 0, foreseen = false): unknown {
  if (!(error instanceof Error)) return error
  const { code } = error as { code?: unknown }
  const plain = foreseen || error instanceof LedgerError
  const outage = error instanceof LedgerError && error.retryable && error.code !== 'internal'
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: maskCredentials(error.message),
    ...(plain || !error.stack ? {} : { stack: maskCredentials(error.stack) }),
    ...(error.cause === undefined || depth === MAX_CAUSES
      ? {}
      : { cause: serializeError(error.cause, depth + 1, foreseen || outage) }),
  }
}

/**
 * The logger of a process. Writes are synchronous: the last line before a crash is the one that matters.
 *
 * @param options.stream default: standard error
 */
export function createLogger(options: {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly service: string
  readonly stream?: LogStream
}): Logger {
  const settings: LoggerOptions = {
    level: options.level,
    base: { service: options.service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: label => ({ level: label }) },
    redact: { paths: REDACTED, censor: MASK },
    serializers: { err: error => serializeError(error), error: error => serializeError(error) },
  }
  const terminal = options.stream ? options.stream.isTTY === true : process.stderr.isTTY === true
  const stream = options.stream ?? destination({ fd: 2, sync: true })
  const pretty = options.format === 'pretty' || (options.format === 'auto' && terminal)
  return pino(settings, pretty ? prettyPrinted(stream, terminal) : stream)
}

/** Formats each line before it is written; pino-pretty's own stream is asynchronous and would lose the last lines. */
function prettyPrinted(stream: LogStream, terminal: boolean): LogStream {
  const format = prettyFactory({
    colorize: terminal && !process.env['NO_COLOR'],
    ignore: 'service',
    translateTime: 'SYS:HH:MM:ss',
  })
  return { write: line => stream.write(format(line)) }
}

type LimitedLine = (cause: string, fields: object, message: string) => void

/** A logger that says each cause once in a while, and how often it kept silent (`suppressed`). */
export interface RateLimitedLog {
  readonly warn: LimitedLine
  readonly error: LimitedLine
}

/** Causes come from closed lists; this bounds the memory of one that does not. */
const MAX_TRACKED_CAUSES = 1_000

/** At most one line for each cause in `everyMs`: a warehouse that is down for an hour is one problem, not a flood. */
export function rateLimited(log: Logger, everyMs: number, clock: Clock): RateLimitedLog {
  const causes = new Map<string, { quietUntil: number; suppressed: number }>()

  function limited(level: 'warn' | 'error'): LimitedLine {
    return (cause, fields, message) => {
      const now = clock.now()
      const known = causes.get(cause)
      if (known && now < known.quietUntil) {
        known.suppressed += 1
        return
      }
      if (causes.size >= MAX_TRACKED_CAUSES) causes.clear()
      causes.set(cause, { quietUntil: now + everyMs, suppressed: 0 })
      log[level](
        { cause, ...(known?.suppressed ? { suppressed: known.suppressed } : {}), ...fields },
        message,
      )
    }
  }

  return { warn: limited('warn'), error: limited('error') }
}
