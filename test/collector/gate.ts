// A gate before a server: open, it passes bytes through; shut, connections are refused and those that were open are cut, as
// when the server is gone.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Cleanup } from '../support/engine.ts'

export interface Gate {
  readonly url: string
  shut(): Promise<void>
  /** On the same port as before. */
  open(): Promise<void>
}

/** @param target http://host:port */
export async function createGate(t: Cleanup, target: string): Promise<Gate> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(Number(port), hostname)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.pipe(other)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })

  async function listen(at: number): Promise<number> {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  async function shut(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  const own = await listen(0)
  t.after(shut)
  return {
    url: `http://127.0.0.1:${own}`,
    shut,
    async open() {
      await listen(own)
    },
  }
}
