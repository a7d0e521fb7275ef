// `migrate` over a warehouse and brokers of which one is not to be had.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { cleanEnv, runCommand } from '../support/ledger-process.ts'

test('ends when the warehouse denies it, however long the brokers might be waited for', {
  timeout: 60_000,
}, async t => {
  const server = createServer((_, response) => {
    response
      .writeHead(403, { 'x-clickhouse-exception-code': '516' })
      .end('Code: 516. DB::Exception: wrong password. (AUTHENTICATION_FAILED)')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const { code, stderr } = await runCommand(
    ['migrate', '--wait', '120'],
    cleanEnv({
      CLICKHOUSE_URL: `http://writer:wrong@127.0.0.1:${port}/spendledger`,
      KAFKA_BROKERS: '127.0.0.1:9',
    }),
  )
  assert.equal(code, 1)
  assert.match(stderr, /CLICKHOUSE_URL/)
})
