import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer as createTcpServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { listen } from '#platform/http-listen.ts'
import { portHolder } from '#platform/port-holder.ts'
import { createServer } from './http-fixture.ts'

/** A port that this process holds. */
async function takenPort(t: TestContext): Promise<number> {
  const server = createTcpServer()
  t.after(() => server.close())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address)
  return address.port
}

test('port 0 listens on a free one and says which', async t => {
  const url = await listen(createServer(t), { host: '127.0.0.1', port: 0 })
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.equal((await fetch(`${url}/healthz`)).status, 200)
})

test('a taken port names its holder and the variable to set', async t => {
  const port = await takenPort(t)
  const refused = listen(createServer(t), { host: '127.0.0.1', port, variable: 'SPENDLEDGER_SQL_PORT' })
  const holder = process.platform === 'linux' ? `pid ${process.pid} \\(.*node.*\\)` : 'another process'
  await assert.rejects(refused, {
    message: new RegExp(
      `^Port ${port} on 127\\.0\\.0\\.1 is taken by ${holder}\\..*with SPENDLEDGER_SQL_PORT\\.$`,
    ),
  })
})

test('only who listens on a port holds it, not who happens to be connected from it', async t => {
  const port = await takenPort(t)
  const client = connect(port, '127.0.0.1')
  t.after(() => client.destroy())
  await once(client, 'connect')
  assert.equal(portHolder(port) === undefined, process.platform !== 'linux')
  assert.equal(portHolder(Number(client.localPort)), undefined)
})

test('an address of another machine says so', async t => {
  await assert.rejects(listen(createServer(t), { host: '192.0.2.1', port: 0 }), {
    message: '192.0.2.1 is no address of this machine. Choose one with SPENDLEDGER_HOST.',
  })
})
