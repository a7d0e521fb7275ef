import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { portHolder } from '#platform/port-holder.ts'

const skip = process.platform === 'linux' ? false : 'read from /proc, which only Linux has'

async function listen(t: TestContext, host: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

describe('portHolder', { skip }, () => {
  it('names the process that listens, with its command', async t => {
    const holder = portHolder(await listen(t, '127.0.0.1'))
    assert.match(holder ?? '', new RegExp(`^pid ${process.pid} \\(.*node.*`))
  })

  it('sees listeners on all interfaces', async t => {
    assert.match(portHolder(await listen(t, '::')) ?? '', new RegExp(`^pid ${process.pid} `))
  })

  it('knows nobody for a port that is free', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    assert.equal(portHolder(port), undefined)
  })
})
