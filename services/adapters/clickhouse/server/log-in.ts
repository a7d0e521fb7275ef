// Logs in to a fresh engine as each user before anyone relies on it: it starts happily with a users file whose grants it
// could not read, and then refuses everybody.
import { request } from 'node:http'
import type { WarehouseUser } from '#ports/warehouse.ts'
import type { Passwords } from './passwords.ts'

const TIMEOUT_MS = 10_000

/** @throws Error with the engine's answer when a user cannot log in, or when the signal aborts */
export async function logInAsEach(
  httpPort: number,
  passwords: Passwords,
  signal?: AbortSignal,
): Promise<void> {
  for (const user of Object.keys(passwords) as WarehouseUser[]) {
    const { status, body } = await ask(httpPort, user, passwords[user], signal)
    if (status !== 200) throw new Error(`The warehouse engine refuses its user ${user}: ${body}`)
  }
}

/** One query on a connection of its own: an idle one kept open would make the engine's stop wait for it. */
function ask(
  port: number,
  user: WarehouseUser,
  password: string,
  signal?: AbortSignal,
): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const query = request(
      {
        ...{ host: '127.0.0.1', port, method: 'POST', agent: false, timeout: TIMEOUT_MS },
        headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
        ...(signal ? { signal } : {}),
      },
      response => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', chunk => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode, body: body.trim() }))
        response.on('error', reject)
      },
    )
    query.on('timeout', () => query.destroy(new Error(`No answer in ${TIMEOUT_MS} ms`)))
    query.on('error', reject)
    query.end('SELECT 1')
  })
}
