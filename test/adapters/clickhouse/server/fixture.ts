// Engines and questions for the tests of the embedded server.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EngineServer, type ServerOptions, startServer } from '#adapters/clickhouse/server/server.ts'
import { createLogger } from '#platform/log.ts'
import type { WarehouseUser } from '#ports/warehouse.ts'

/** Where cleanup is registered: a test's context, the `after` of a suite, or `lastFirst` of either. */
export interface Cleanup {
  after(hook: () => unknown): void
}

/** Undoes in reverse: a server stops before its directory goes. The test runner's own hooks run first to last. */
export function lastFirst(t: Cleanup): Cleanup {
  const hooks: (() => unknown)[] = []
  t.after(async () => {
    for (const hook of hooks.reverse()) await hook()
  })
  return { after: hook => hooks.push(hook) }
}

export const silent = createLogger({ level: 'silent', format: 'json', service: 'test' })

export function temporaryDirectory(t: Cleanup): string {
  const dir = mkdtempSync(join(tmpdir(), 'spendledger-engine-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A server on a free port, stopped at the end. */
export async function startTestServer(
  t: Cleanup,
  dataDir: string,
  options: Partial<ServerOptions> = {},
): Promise<EngineServer> {
  const server = await startServer({ dataDir, httpPort: 0, log: silent, ...options })
  t.after(() => server.stop())
  return server
}

export interface Answer {
  readonly status: number
  readonly body: string
  /** The engine's error number; 0 when it had no error. */
  readonly code: number
}

const ANSWER_MS = 30_000

/** One statement over HTTP, on a connection of its own; rejects when there is no answer in 30 s. */
export async function ask(
  server: Pick<EngineServer, 'url' | 'passwords'>,
  user: WarehouseUser,
  sql: string,
  options: { password?: string; parameters?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(`${server.url}/?${new URLSearchParams(options.parameters)}`, {
    method: 'POST',
    headers: {
      'X-ClickHouse-User': user,
      'X-ClickHouse-Key': options.password ?? server.passwords[user],
      Connection: 'close',
    },
    body: sql,
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  const body = (await response.text()).trim()
  const code = Number(/Code: (\d+)/.exec(response.ok ? '' : body)?.[1] ?? (response.ok ? 0 : -1))
  return { status: response.status, body, code }
}

/** Waits until something holds, asking every 20 ms. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Still not so after ${withinMs} ms: ${holds}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
