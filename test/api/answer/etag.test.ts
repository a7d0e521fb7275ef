import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fastify } from 'fastify'
import { sendUnchanged, tagAnswer, tagOf } from '../../../services/api/answer/etag.ts'

const meta = (freshUntil: string | null, scanned = 1) => ({
  from: '2026-11-01T00:00:00+01:00',
  to: '2026-11-24T00:00:00+01:00',
  fresh_until: freshUntil,
  scanned: { rows: scanned, bytes: scanned },
})

/** What a route that answers this is asked, and says. */
async function ask(answer: object, known?: string) {
  const server = fastify()
  server.get('/', { preSerialization: tagAnswer, onSend: sendUnchanged }, async () => answer)
  const headers = known === undefined ? {} : { 'if-none-match': known }
  const { statusCode, payload, headers: sent } = await server.inject({ url: '/', headers })
  await server.close()
  return { status: statusCode, payload, etag: String(sent['etag']), type: sent['content-type'] }
}

describe('entity tags', () => {
  it('are the same for the same answer, whatever it took, once its window is over', async () => {
    const { etag } = await ask({ data: [1], meta: meta('2026-11-24T00:00:00+01:00') })
    assert.match(etag, /^W\/"[\w-]{22}"$/)
    const later = await ask({ data: [1], meta: meta('2026-11-24T08:00:00Z', 2) })
    assert.equal(later.etag, etag)
  })

  it('change with the rows, and with freshness while the window runs', async () => {
    const { etag } = await ask({ data: [1], meta: meta('2026-11-23T08:00:00Z') })
    for (const other of [
      { data: [2], meta: meta('2026-11-23T08:00:00Z') },
      { data: [1], meta: meta('2026-11-23T09:00:00Z') },
      { data: [1], meta: meta(null) },
      { data: [1], meta: { ...meta('2026-11-23T08:00:00Z'), truncated: true } },
    ]) {
      assert.notEqual((await ask(other)).etag, etag)
    }
  })

  it('answer 304 without a body to who has the answer already', async () => {
    const answer = { data: [1], meta: meta('2026-11-24T08:00:00Z') }
    const { etag } = await ask(answer)
    for (const known of [etag, etag.slice(2), `"other", ${etag}`, '*', ` ${etag} `]) {
      assert.deepEqual(await ask(answer, known), { status: 304, payload: '', etag, type: undefined }, known)
    }
    for (const known of ['"other"', '', etag.slice(0, -1)]) {
      assert.equal((await ask(answer, known)).status, 200, known)
    }
  })

  it('are of text as well', () => {
    assert.equal(tagOf('a'), tagOf('a'))
    assert.notEqual(tagOf('a'), tagOf('b'))
  })
})
