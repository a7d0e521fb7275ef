// The door of a server that has keys. Who may pass is decided before the body is read, from the Authorization header alone: a key
// in an address ends up in logs and histories. A route that names no scope is closed to all but admin keys.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Counter } from 'prom-client'
import { LedgerError } from '#core/errors.ts'
import type { Clock } from '#ports/clock.ts'
import { countHeader } from '../http-body.ts'
import { type Logger, rateLimited } from '../log.ts'
import { METRIC_PREFIX, type Registry } from '../metrics.ts'
import { ledgerErrorOf } from '../problem.ts'
import type { ApiKey, ApiKeys } from './api-keys.ts'
import type { Cost } from './limits.ts'
import { neededScopes, type RouteScope } from './scopes.ts'
import type { Failure } from './verifier.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must have for this route; default admin. */
    scope?: RouteScope
    /** Whether requests count against the limits of their key; the handler takes the cost, or the body's bytes are. */
    limited?: boolean
  }
  interface FastifyRequest {
    /** Undefined on servers without keys and on open routes. */
    apiKey: ApiKey | undefined
    /** Of the body as far as it was read, after decompression unless that failed; counted on servers with keys. */
    bodyBytes: number
  }
}

/** Why a request was turned away: also the metric's label. */
type Reason = 'missing' | 'several' | 'scope' | Failure

/** ms between log lines about the same reason. */
const QUIET = 10_000

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const BEARER = /^Bearer +(\S+)$/i

/** Gives requests the fields that this file fills; on every server, so that handlers need not ask which one they are on. */
export function declareKeys(app: FastifyInstance): void {
  app.decorateRequest('apiKey', undefined)
  app.decorateRequest('bodyBytes', 0)
}

/** Lets in only who holds a key that the route asks for. Must come before anything that reads the body. */
export function requireKeys(
  app: FastifyInstance,
  options: {
    readonly keys: ApiKeys
    readonly log: Logger
    readonly metrics: Registry
    readonly clock: Clock
  },
): void {
  const { keys, log, metrics, clock } = options
  const complain = rateLimited(log, QUIET, clock)
  const charged = new WeakSet<FastifyRequest>()
  const failures = new Counter({
    name: `${METRIC_PREFIX}auth_failures_total`,
    help: 'Requests without a key that would let them in, by reason',
    labelNames: ['reason'] as const,
    registers: [metrics],
  })

  /** Says who turned up, as far as that was proved; never what was presented. */
  function refused(reason: Reason, key?: ApiKey): void {
    failures.inc({ reason })
    const known = key ? { key: key.id, name: key.name } : {}
    complain.warn(`auth ${reason}`, { reason, ...known }, 'refused a request for its API key')
  }

  function authenticate(request: FastifyRequest): ApiKey {
    const presented = presentedKey(request)
    const verified = presented.ok ? keys.verify(presented.text) : presented
    if (verified.ok) return verified.key
    refused(verified.reason)
    throw new LedgerError('unauthorized')
  }

  app.addHook('onRequest', async request => {
    const { scope = 'admin', limited = false } = request.routeOptions.config
    if (scope === 'open') return
    const key = authenticate(request)
    const needed = neededScopes(scope)
    // Which paths exist is told to every key, and to nobody without one.
    if (!request.is404 && !key.allows(needed)) {
      refused('scope', key)
      throw new LedgerError('not_allowed', `scope ${needed.join(' or ')} is needed`)
    }
    if (limited) key.checkLimits()
    request.apiKey = { ...key, take: cost => take(request, key, cost) }
  })

  function take(request: FastifyRequest, key: ApiKey, cost: Cost): void {
    charged.add(request)
    key.take(cost)
  }

  // A body that is refused before its events are counted has cost its bytes all the same.
  app.addHook('onError', async request => {
    const { apiKey, bodyBytes } = request
    if (!apiKey || !request.routeOptions.config.limited || charged.has(request)) return
    try {
      apiKey.take({ events: 0, bytes: bodyBytes })
    } catch (error) {
      // In debt already: the next request hears of it.
      if (ledgerErrorOf(error).code !== 'rate_limited') throw error
    }
  })
}

type Presented =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'missing' | 'several' | 'malformed' }

/** Node shows the first of several headers; which one a proxy in front has looked at, nobody knows. */
function presentedKey(request: FastifyRequest): Presented {
  const { authorization } = request.headers
  if (authorization === undefined) return { ok: false, reason: 'missing' }
  if (countHeader(request, 'authorization') > 1) return { ok: false, reason: 'several' }
  const text = BEARER.exec(authorization)?.[1]
  return text === undefined ? { ok: false, reason: 'malformed' } : { ok: true, text }
}

/** Counts the bytes of bodies. Must come after decompression. */
export function countBodyBytes(app: FastifyInstance): void {
  // No promise in between: the parser must listen before the first chunk comes.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    payload.on('data', (chunk: Buffer) => {
      request.bodyBytes += chunk.length
    })
    done(null, payload)
  })
}
