// Sends one body until it is taken or refused for good: the same bytes every time, so that events with ids count once. A 503 or
// 429 means that nothing was taken, and an answer that got lost may mean that everything was.

import type { Config } from '#platform/config.ts'
import { CommandError } from './errors.ts'
import { createAsk, type Request, refusalOf, unreachable } from './http.ts'
import type { Io } from './io.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000

/** Makes about a minute and a half of waiting. */
const RETRIES = 8

/** Where nobody has ever answered, it is more likely that nobody is there: about eight seconds. */
const RETRIES_AT_FIRST = 4

const RETRYABLE = new Set([429, 502, 503, 504])

/** Who says when to come back wants to be asked again. */
const isRetryable = ({ status, headers }: Response): boolean =>
  RETRYABLE.has(status) || headers.has('retry-after')

export interface Answer {
  readonly status: number
  readonly body: string
}

/** The body of an answer as JSON. */
export function readAnswer<T extends object>({ body }: Answer): T {
  try {
    return JSON.parse(body) as T
  } catch (cause) {
    throw new CommandError('unexpected_answer', 'the answer is none of spendledger: it is no JSON', { cause })
  }
}

export type Send = (path: string, request: Request) => Promise<Answer>

/**
 * @param onRetry hears why and for how long (ms) it waits
 * @returns a function that resolves with an answer of 2xx or 422, and rejects with words for anything else
 */
export function createSend(io: Io, config: Config, onRetry: (reason: string, ms: number) => void): Send {
  const ask = createAsk(io, config)
  let answered = false

  return async (path, request) => {
    for (let attempt = 0; ; attempt++) {
      const outcome = await attemptOnce(() => ask(path, request))
      answered ||= outcome.kind === 'answer'
      if (outcome.kind === 'answer' && !isRetryable(outcome.response)) {
        const { response, body } = outcome
        if (response.ok || response.status === 422) return { status: response.status, body }
        throw refusalOf(config.url, response, body)
      }
      if (attempt === (answered ? RETRIES : RETRIES_AT_FIRST)) {
        throw outcome.kind === 'answer'
          ? refusalOf(config.url, outcome.response, outcome.body)
          : unreachable(config.url, outcome.error)
      }
      const backOff = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS)
      const asked = outcome.kind === 'answer' ? retryAfter(outcome.response, io.clock.now()) : undefined
      const pause = asked ?? backOff
      const reason =
        outcome.kind === 'answer'
          ? `${config.url} answers ${outcome.response.status}`
          : unreachable(config.url, outcome.error).message
      onRetry(reason, pause)
      await io.sleep(pause)
    }
  }
}

type Outcome =
  | { readonly kind: 'answer'; readonly response: Response; readonly body: string }
  | { readonly kind: 'lost'; readonly error: unknown }

/** An answer counts once it is here whole. */
async function attemptOnce(ask: () => Promise<Response>): Promise<Outcome> {
  try {
    const response = await ask()
    return { kind: 'answer', response, body: await response.text() }
  } catch (error) {
    return { kind: 'lost', error }
  }
}

/** What Retry-After asks for, ms, at most five minutes: seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfter(response: Response, now: number): number | undefined {
  const header = response.headers.get('retry-after')
  if (header === null) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS)
}

const MAX_RETRY_AFTER_MS = 300_000
