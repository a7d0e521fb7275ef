// An HTTP answer as a stream that gives everything it got before the connection broke. `fetch` and async iteration throw away
// what is still buffered then, and with it the reason that a server writes just before it cuts the connection.

import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface StreamedAnswer {
  readonly status: number
  readonly header: (name: string) => string | undefined
  /** Ends with an error where the answer broke off. */
  readonly chunks: AsyncIterable<Buffer>
}

/** Rejects when there is no answer at all. */
export function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<StreamedAnswer> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = send(url, { method: 'POST', headers })
    request.on('error', reject)
    request.on('response', response => {
      resolve({
        status: response.statusCode ?? 0,
        header: name => [response.headers[name]].flat()[0],
        chunks: chunksOf(response),
      })
    })
    request.end(body)
  })
}

/** Bytes that may wait for a slow reader. */
const MAX_WAITING_BYTES = 2 ** 20

async function* chunksOf(response: IncomingMessage): AsyncGenerator<Buffer> {
  const waiting: Buffer[] = []
  let bytes = 0
  let end: { error: unknown } | undefined
  let wake = () => {}
  response.on('data', (chunk: Buffer) => {
    waiting.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_WAITING_BYTES) response.pause()
    wake()
  })
  const finish = (error?: unknown) => {
    end ??= { error }
    wake()
  }
  response.on('end', () => finish())
  response.on('error', finish)

  try {
    for (;;) {
      const chunk = waiting.shift()
      if (chunk) {
        bytes -= chunk.length
        yield chunk
      } else if (end) {
        if (end.error) throw end.error
        return
      } else {
        const woken = new Promise<void>(resolve => {
          wake = resolve
        })
        response.resume()
        await woken
      }
    }
  } finally {
    // A reader that has seen enough ends the query too.
    response.destroy()
  }
}
