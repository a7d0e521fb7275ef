import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { BIN, cleanEnv, runCommand, scratchDirectory } from '../support/ledger-process.ts'
import { freePort, serve } from './harness.ts'

test('the bin ends with the exit code of its command and keeps its outputs apart', async () => {
  const help = await runCommand(['--help'], cleanEnv({}))
  assert.deepEqual([help.code, help.stderr], [0, ''])
  assert.match(help.stdout, /^Usage: spendledger/)
  const usage = await runCommand(['tpo'], cleanEnv({}))
  assert.deepEqual([usage.code, usage.stdout], [2, ''])
  const env = cleanEnv({ SPENDLEDGER_URL: `http://127.0.0.1:${await freePort()}` })
  const silent = await runCommand(['top', 'features'], env)
  assert.equal(silent.code, 1)
  assert.match(silent.stderr, /^spendledger: nothing answers at .*npm start.*\n$/)
})

function start(t: TestContext, argv: readonly string[], url: string) {
  const child = spawn(process.execPath, [BIN, ...argv], {
    env: cleanEnv({ SPENDLEDGER_URL: url }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let stderr = ''
  child.stderr.on('data', chunk => (stderr += chunk))
  return { child, stderr: () => stderr }
}

test('compiled code is not taken from the shared temporary directory, where others could have put theirs', async t => {
  const shared = await scratchDirectory(t)
  const planted = join(shared, `tsx-${userInfo().uid}`)
  await mkdir(planted)
  const help = await runCommand(['--help'], cleanEnv({ TMPDIR: shared }))
  assert.equal(help.code, 0)
  assert.deepEqual(await readdir(planted), [])
})

test('Ctrl-C ends a command with 130 and without a word', { timeout: 30_000 }, async t => {
  let asked = () => {}
  const request = new Promise<void>(resolve => {
    asked = resolve
  })
  const server = await serve(t, () => {
    asked()
    return undefined
  })
  const { child, stderr } = start(t, ['top', 'features'], server.url)
  await request
  child.kill('SIGINT')
  const [code] = await once(child, 'close')
  assert.equal(code, 130)
  assert.equal(stderr(), '')
})

test('a reader that has seen enough is no failure', { timeout: 30_000 }, async t => {
  const server = await serve(t, (_request, response) => {
    response.writeHead(200)
    const line = Buffer.alloc(64 * 1024, 0x61)
    const more = () => {
      if (!response.destroyed) response.write(line, () => setImmediate(more))
    }
    more()
    return undefined
  })
  const { child, stderr } = start(t, ['top', 'features', '--csv'], server.url)
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [code] = await once(child, 'close')
  assert.equal(code, 0)
  assert.equal(stderr(), '')
})

/** What is loaded at once when a file is imported; `await import()` is not. */
async function staticImports(file: string, found = new Set<string>()): Promise<Set<string>> {
  const root = join(dirname(BIN), '..')
  const source = await readFile(file, 'utf8')
  for (const [, clause = '', name = ''] of source.matchAll(/^(?:import|export) ([^'"]*?from )?'([^']+)'/gm)) {
    if (clause.startsWith('type ')) continue
    const target = name.startsWith('#')
      ? join(root, 'services', name.slice(1))
      : name.startsWith('.')
        ? join(dirname(file), name)
        : name
    if (found.has(target)) continue
    found.add(target)
    if (target.endsWith('.ts')) await staticImports(target, found)
  }
  return found
}

test('help does not wait for services, databases or the configuration to load', async () => {
  const main = fileURLToPath(new URL('../../services/cli/main.ts', import.meta.url))
  const found = await staticImports(main)
  const packages = [...found].filter(name => !name.endsWith('.ts') && !name.startsWith('node:')).sort()
  assert.deepEqual(packages, ['commander', 'picocolors'])
})

test('the check of the Node version comes before anything that an old one cannot read', async () => {
  const source = await readFile(BIN, 'utf8')
  assert.doesNotMatch(source, /^import |await |\?\.|\?\?/m)
})
