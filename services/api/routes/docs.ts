// GET /docs, /docs/json and /docs/yaml: the HTTP surface for people and for programs. Open also where keys are asked for: a
// browser sends no key with a page, and neither page nor document holds anything of the ledger. The page keeps a key that
// somebody types into it in memory only, and may load and ask nothing but this server.

import { type FastifyStaticSwaggerOptions, fastifySwagger } from '@fastify/swagger'
import { fastifySwaggerUi } from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { LedgerError, shown } from '#core/errors.ts'
import { openApiDocument } from '../openapi/document.ts'

export const DOCS_PATH = '/docs'

/** The icons of the page's stylesheet are data URLs. */
const CONTENT_SECURITY_POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
}

/** The routes are there once the server is ready; it waits for them before it listens. */
export function registerDocsRoutes(server: FastifyInstance): void {
  server.register(async docs => {
    // The plugins' routes cannot say themselves what they need.
    docs.addHook('onRoute', route => {
      route.config = { ...route.config, scope: 'open' }
    })
    docs.addHook('onSend', async (_request, reply) => {
      reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer')
    })
    // Paths that no file has, such as ones with two dots, are refused by the file server with errors of its own.
    docs.setErrorHandler((thrown: { readonly statusCode?: number }, request) => {
      throw (thrown.statusCode ?? 500) < 500 ? new LedgerError('not_found', shown(request.url)) : thrown
    })
    docs.register(fastifySwagger, { mode: 'static', specification: specification() })
    docs.register(fastifySwaggerUi, {
      routePrefix: DOCS_PATH,
      staticCSP: CONTENT_SECURITY_POLICY,
      theme: { title: 'spendledger API' },
      // Without the bar that loads documents from elsewhere, and without its logo.
      uiConfig: { layout: 'BaseLayout', docExpansion: 'list', defaultModelsExpandDepth: 0 },
    })
  })
}

/** The plugin's types know OpenAPI up to 3.0; it hands the document on as it is. */
const specification = () =>
  ({ document: openApiDocument() }) as unknown as FastifyStaticSwaggerOptions['specification']
