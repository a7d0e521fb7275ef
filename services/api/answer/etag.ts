// Entity tags: a dashboard that asks again is told that nothing changed instead of being sent it all. The tag is of what was
// answered, not of what it took to answer it: a month that is over keeps its tag until its spend changes.
// https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2

import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Weak: two answers of one tag say the same, byte for byte they may differ. */
export const tagOf = (text: string): string =>
  `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`

/** Answers are of one key's scope and of one moment: kept by whoever asked, and asked for again before each use. */
export const tag = (reply: FastifyReply, text: string): FastifyReply =>
  reply.header('etag', tagOf(text)).header('cache-control', 'private, no-cache')

/** A hook before serialisation: tags answers that are objects. */
export async function tagAnswer(
  _request: FastifyRequest,
  reply: FastifyReply,
  answer: unknown,
): Promise<unknown> {
  if (reply.statusCode === 200) tag(reply, JSON.stringify(lasting(answer)))
  return answer
}

interface WithMeta {
  readonly meta?: { readonly to?: string; readonly fresh_until?: string | null; readonly scanned?: unknown }
}

/** Without what the warehouse read, and no fresher than the window reaches. */
function lasting(answer: unknown): unknown {
  const { meta, ...rest } = answer as WithMeta
  if (!meta) return answer
  const { scanned: _, fresh_until: fresh, ...kept } = meta
  const isOver = fresh && kept.to && Date.parse(fresh) >= Date.parse(kept.to)
  return { ...rest, meta: { ...kept, fresh_until: isOver ? kept.to : fresh } }
}

/** A hook before sending: 304 without a body to who has the answer already. */
export async function sendUnchanged(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const known = request.headers['if-none-match']
  const current = reply.getHeader('etag')
  if (known === undefined || typeof current !== 'string' || !matches(known, current)) return payload
  reply.code(304).removeHeader('content-type').removeHeader('content-length')
  return null
}

/** Weak comparison. */
const matches = (known: string, current: string): boolean =>
  known.trim() === '*' || known.split(',').some(one => strip(one.trim()) === strip(current))

const strip = (etag: string): string => etag.replace(/^W\//, '')
