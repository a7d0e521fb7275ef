// Talking to a running spendledger. Whatever goes wrong on the way becomes a sentence that says what to do next.

import type { Config } from '#platform/config.ts'
import { isLoopback } from '#platform/http-host.ts'
import { CommandError, type CommandProblem, ServerError } from './errors.ts'
import type { Io } from './io.ts'

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

export interface Request {
  readonly method?: 'GET' | 'POST'
  readonly query?: Query
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** One request to SPENDLEDGER_URL. */
export type Ask = (path: string, request?: Request) => Promise<Response>

/** Asks and returns the answer whatever its status; a failed connection rejects as `fetch` does. */
export function createAsk(io: Io, config: Config): Ask {
  const key = config.apiKey?.reveal()
  return (path, { method = 'GET', query = {}, headers = {}, body } = {}) => {
    const url = new URL(path.replace(/^\//, ''), config.url.endsWith('/') ? config.url : `${config.url}/`)
    for (const [name, value] of Object.entries(query)) {
      for (const one of [value].flat()) if (one !== undefined) url.searchParams.append(name, one)
    }
    return io.fetch(url, {
      method,
      headers: { ...headers, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      ...(body === undefined ? {} : { body }),
      redirect: 'error',
    })
  }
}

/** Asks for an answer that says yes. @throws CommandError or ServerError otherwise */
export async function request(io: Io, config: Config, path: string, options?: Request): Promise<Response> {
  let response: Response
  try {
    response = await createAsk(io, config)(path, options)
  } catch (error) {
    throw unreachable(config.url, error)
  }
  if (!response.ok) throw refusalOf(config.url, response, await response.text())
  return response
}

/** The body of an answer as JSON. */
export async function json<T>(io: Io, config: Config, path: string, options?: Request): Promise<T> {
  const response = await request(io, config, path, options)
  try {
    return (await response.json()) as T
  } catch {
    throw foreign(config.url, response.status)
  }
}

/** The network's name for a failure: ECONNREFUSED, ENOTFOUND, ... `fetch` hides it in the cause. */
export function networkCode(error: unknown): string {
  const { cause = error } = error as { cause?: unknown }
  const { code, message } = cause as NodeJS.ErrnoException
  return code ?? message
}

export function unreachable(url: string, error: unknown): CommandError {
  const code = networkCode(error)
  const local = isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ''))
  const advice = local
    ? 'is `npm start` running? SPENDLEDGER_URL says where'
    : 'does SPENDLEDGER_URL name the right place?'
  return new CommandError(
    'unreachable',
    code === 'ECONNREFUSED'
      ? `nothing answers at ${url}: ${advice}`
      : `cannot reach ${url} (${code}): ${advice}`,
    { cause: error },
  )
}

/** Why an answer is none of the good ones, in the server's own words where it has some. */
export function refusalOf(url: string, response: Response, body: string): Error {
  const { status, headers } = response
  const problem = problemIn(body)
  if (status === 401 || (status === 403 && problem?.code !== 'host_not_allowed')) {
    return aboutKey(problem, status, 'SPENDLEDGER_API_KEY is the key that is sent')
  }
  const retryAfter = headers.get('retry-after')
  if (status === 429 && retryAfter !== null) return aboutKey(problem, status, `Retry-After is ${retryAfter}`)
  return problem ? new ServerError(problem) : foreign(url, status)
}

/** What the server says about the key, and what a person should know besides. */
function aboutKey(problem: CommandProblem | undefined, status: number, hint: string): Error {
  return problem
    ? new ServerError({ ...problem, detail: `${problem.detail}; ${hint}` })
    : new CommandError('failed', `status ${status}; ${hint}`)
}

const foreign = (url: string, status: number): CommandError =>
  new CommandError(
    'unexpected_answer',
    `what answers at ${url} (status ${status}) does not seem to be spendledger; SPENDLEDGER_URL says where it is`,
  )

/** The problem in a body, with whatever else it says. */
function problemIn(body: string): CommandProblem | undefined {
  try {
    const problem = JSON.parse(body) as Partial<CommandProblem>
    if (typeof problem.title !== 'string' || typeof problem.code !== 'string') return undefined
    return { detail: problem.title, ...problem } as CommandProblem
  } catch {
    return undefined
  }
}
