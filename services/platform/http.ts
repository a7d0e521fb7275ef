// The HTTP server that every service starts from. All network input is hostile: what comes in is bounded in size and time,
// typed strictly (a token count of "12" or null must not become 12 or 0) and answered with a problem when it is wrong.

import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify'
import { Histogram } from 'prom-client'
import { LedgerError, shown } from '#core/errors.ts'
import { type Clock, systemClock } from '#ports/clock.ts'
import type { ApiKeys } from './api-keys/api-keys.ts'
import { countBodyBytes, declareKeys, requireKeys } from './api-keys/require-key.ts'
import { addBodyHandling, BODY_LIMIT, countHeader, isBodyPending } from './http-body.ts'
import { addHealthRoutes, type Check } from './http-health.ts'
import { createHostCheck } from './http-host.ts'
import { answerMalformed } from './http-malformed.ts'
import { type Logger, rateLimited } from './log.ts'
import { METRIC_PREFIX, type Registry } from './metrics.ts'
import { ledgerErrorOf, sendProblem } from './problem.ts'

export interface HttpServerOptions {
  /** The address that the server will listen on; decides which Host headers pass. */
  readonly host: string
  readonly log: Logger
  readonly metrics: Registry
  /** Further names in Host headers; given, they are the only ones besides loopback and `host`. */
  readonly allowedHosts?: readonly string[]
  /** What /readyz asks, by name. */
  readonly checks?: Readonly<Record<string, Check>>
  readonly clock?: Clock
  /** Given, every route asks for one that has the scope in its `config.scope`; without it everybody may do everything. */
  readonly keys?: ApiKeys | undefined
  /** ms in which a request must have arrived whole; default 10 s. */
  readonly requestTimeoutMs?: number
  /** ms that requests under way get when the server closes; default 10 s. */
  readonly drainMs?: number
}

const DEFAULT_TIMEOUT = 10_000

/** ms between looks at which connections are over their time. */
const TIMEOUT_PRECISION = 1_000

/** ms between looks for connections that became idle while the server closes. */
const IDLE_LOOK = 100

/** ms between log lines about the same failure. */
const QUIET = 10_000

/** Characters of a path parameter as sent: event ids have up to 128 bytes, percent-encoded. */
const MAX_PARAM_LENGTH = 512

/**
 * A server with body rules, problem answers, Host check, health and metrics, and no routes of its own. Routes take JSON
 * unless `config.contentTypes` says otherwise; NDJSON arrives as a string.
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { host, log, metrics, allowedHosts, checks = {}, clock = systemClock, keys } = options
  const { requestTimeoutMs = DEFAULT_TIMEOUT, drainMs = DEFAULT_TIMEOUT } = options
  const app: FastifyInstance = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new QuietRequests(),
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    bodyLimit: BODY_LIMIT,
    requestTimeout: requestTimeoutMs,
    http: { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: TIMEOUT_PRECISION },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    return503OnClosing: false,
    clientErrorHandler: answerMalformed,
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, ledgerErrorOf(error))
    },
  })
  answerWithProblems(app, log, clock)
  closeInBoundedTime(app, drainMs)
  const allowed = createHostCheck(host, allowedHosts)
  app.addHook('onRequest', async request => {
    if (allowed(request.headers.host) && countHeader(request, 'host') <= 1) return
    throw new LedgerError('host_not_allowed', shown(request.headers.host ?? 'none'))
  })
  declareKeys(app)
  if (keys) requireKeys(app, { keys, log, metrics, clock })
  addBodyHandling(app)
  if (keys) countBodyBytes(app)
  addHealthRoutes(app, { checks, metrics })
  measure(app, metrics)
  return app
}

/** Requests are logged at debug and without their query, which may name users. Bodies are never logged. */
class QuietRequests extends LogController {
  override incomingRequest(): void {}
  override routeNotFound(): void {}
  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    request.log.debug(
      {
        err: error ?? undefined,
        method: request.method,
        path: pathOf(request),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    )
  }
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? ''

const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'none'

/** What passes by itself is said by who waits for it to pass, and counted here by status. */
const isOutage = ({ status, retryable }: LedgerError): boolean => status === 503 && retryable

function answerWithProblems(app: FastifyInstance, log: Logger, clock: Clock): void {
  const complain = rateLimited(log, QUIET, clock)
  app.setErrorHandler((thrown, request, reply) => {
    const error = ledgerErrorOf(thrown)
    if (error.status >= 500) {
      const route = routeOf(request)
      const fields = { err: thrown, method: request.method, route }
      if (isOutage(error)) log.debug(fields, 'a request failed')
      else complain.error(`${error.code} ${route}`, fields, 'a request failed')
    }
    if (isBodyPending(request)) reply.header('connection', 'close')
    return sendProblem(reply, error)
  })
  app.setNotFoundHandler(request => {
    throw new LedgerError('not_found', `${request.method} ${pathOf(request)}`)
  })
}

/**
 * On close, requests under way are finished, further ones on open connections are refused, and after the drain time
 * every connection is cut: a stop must not depend on the slowest client.
 */
function closeInBoundedTime(app: FastifyInstance, drainMs: number): void {
  let stopping = false
  app.addHook('onRequest', async () => {
    if (stopping) throw new LedgerError('stopping')
  })
  app.addHook('preClose', async () => {
    stopping = true
    // Node closes only those that are idle at this moment.
    const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_LOOK)
    const drained = setTimeout(() => app.server.closeAllConnections(), drainMs)
    app.server.once('close', () => {
      clearInterval(idle)
      clearTimeout(drained)
    })
  })
}

function measure(app: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: `${METRIC_PREFIX}http_request_seconds`,
    help: 'Duration of HTTP requests by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method } = request
    seconds.observe({ method, route: routeOf(request), status: reply.statusCode }, reply.elapsedTime / 1_000)
  })
}
