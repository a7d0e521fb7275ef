import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { restrictPool } from '#adapters/clickhouse/server/landlock.ts'
import type { Libc } from '#adapters/native/libc.ts'
import { temporaryDirectory } from './fixture.ts'

const skip = process.platform === 'linux' ? false : 'Landlock is part of Linux'

/** Restricts a process of its own and reports which opens still work there, by name. */
function opensAfterRestriction(rules: object[], opens: Record<string, [path: string, flags: number]>) {
  const script = `
    const { loadLibc } = await import(${JSON.stringify(import.meta.resolve('#adapters/native/libc.ts'))})
    const { restrictPool } = await import(${JSON.stringify(import.meta.resolve('#adapters/clickhouse/server/landlock.ts'))})
    const libc = loadLibc()
    const abi = await restrictPool(libc, ${JSON.stringify(rules)})
    const result = { abi }
    for (const [name, [path, flags]] of Object.entries(${JSON.stringify(opens)})) {
      result[name] = (await libc.callOnPool('open', Buffer.from(path + '\\0'), flags, 0o600)).value >= 0
    }
    console.log(JSON.stringify(result))`
  const run = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script],
    { env: { ...process.env, UV_THREADPOOL_SIZE: '1' }, encoding: 'utf8' },
  )
  assert.equal(run.status, 0, run.stderr)
  return JSON.parse(run.stdout) as Record<string, number | boolean>
}

const READ = 0
const CREATE = 0o101 // O_WRONLY | O_CREAT

describe('restrictPool', { skip }, () => {
  it('leaves the thread what its rules allow and nothing else', t => {
    const dir = temporaryDirectory(t)
    for (const name of ['store', 'log']) mkdirSync(join(dir, name))
    for (const name of ['secret', 'store/part', 'log/old']) writeFileSync(join(dir, name), 'x')
    const { abi, ...allowed } = opensAfterRestriction(
      [
        { path: join(dir, 'store'), access: 'read-write' },
        { path: join(dir, 'log'), access: 'write' },
        { path: '/proc/self/statm', access: 'read' },
        { path: join(dir, 'missing'), access: 'read-write' },
      ],
      {
        'reads its data': [join(dir, 'store/part'), READ],
        'makes data': [join(dir, 'store/new'), CREATE],
        'reads a file beside': [join(dir, 'secret'), READ],
        'makes a file beside': [join(dir, 'new'), CREATE],
        'reads its log': [join(dir, 'log/old'), READ],
        'makes a log': [join(dir, 'log/new'), CREATE],
        'reads what it may': ['/proc/self/statm', READ],
        'reads the system': ['/etc/passwd', READ],
        'reads its environment': ['/proc/self/environ', READ],
      },
    )
    if (abi === 0) return t.skip('this kernel has no Landlock')
    assert.deepEqual(allowed, {
      'reads its data': true,
      'makes data': true,
      'reads a file beside': false,
      'makes a file beside': false,
      'reads its log': false,
      'makes a log': true,
      'reads what it may': true,
      'reads the system': false,
      'reads its environment': false,
    })
  })

  /** A kernel that answers each call as told: by name, then by order. */
  const kernel = (answers: Record<string, number[]>): Libc => ({
    call: () => assert.fail('not on the pool'),
    callForText: () => assert.fail('not on the pool'),
    callOnPool: async name => ({ value: answers[name]?.shift() ?? -1, errno: 22 }),
  })

  it('says 0 and does nothing where the kernel has no Landlock', async () => {
    assert.equal(await restrictPool(kernel({ syscall: [-1] }), []), 0)
  })

  it('throws when the kernel refuses the rules', async () => {
    await assert.rejects(
      restrictPool(kernel({ syscall: [7, -1] }), []),
      /Landlock refused syscall\(444\): errno 22/,
    )
  })

  it('throws when a rule is refused, rather than start with less than it was told', async t => {
    const rules = [{ path: temporaryDirectory(t), access: 'read' as const }]
    await assert.rejects(restrictPool(kernel({ syscall: [7, 900, -1] }), rules), /refused syscall\(445\)/)
  })
})
