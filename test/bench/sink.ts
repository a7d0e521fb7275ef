// A warehouse that takes every insert and keeps nothing, in a process of its own: the engine's merges would share the cores
// with what is being measured.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const SERVER = `
  const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => response.end())
  })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

/** Ends with the bench. */
export async function startSink(t: { after(ending: () => Promise<void>): void }): Promise<{ url: string }> {
  const child: ChildProcess = spawn(process.execPath, ['-e', SERVER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(async () => {
    child.kill()
  })
  const [port] = await once(child.stdout ?? child, 'data')
  return { url: `http://127.0.0.1:${String(port).trim()}` }
}
