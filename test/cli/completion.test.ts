import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { completionScript } from '../../services/cli/completion/scripts.ts'
import { cleanEnv, scratchDirectory } from '../support/ledger-process.ts'
import { freePort, runCommand, serve } from './harness.ts'

const run = promisify(execFile)

async function offered(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const { code, out } = await runCommand(['complete-words', '--', ...words], { env })
  assert.equal(code, 0)
  return out.split('\n').flatMap(line => (line === '' ? [] : [line.split('\t', 1)[0] ?? '']))
}

test('commands, their commands and their options are offered', async () => {
  const commands = await offered([''])
  for (const name of ['up', 'top', 'explain', 'feature', 'complete']) assert.ok(commands.includes(name), name)
  assert.ok(!commands.includes('complete-words'))
  assert.deepEqual(await offered(['tre']), ['trend'])
  assert.deepEqual(await offered(['prices', 'l']), ['lint'])
  assert.deepEqual(await offered(['trend', '--gran']), ['--granularity'])
  assert.deepEqual(await offered(['trend', '--json', '--b']), ['--by'])
})

test('a candidate comes with what it does', async () => {
  assert.equal((await runCommand(['complete-words', '--', 'tren'])).out, 'trend\tspend over time\n')
})

test('values of closed lists are offered behind an option, behind its sign, and after a comma', async () => {
  assert.deepEqual(await offered(['trend', '--granularity', '']), ['hour', 'day', 'week', 'month'])
  assert.deepEqual(await offered(['trend', '--granularity=w']), ['--granularity=week'])
  assert.deepEqual(await offered(['trend', '--granularity', '=']), ['hour', 'day', 'week', 'month'])
  assert.deepEqual(await offered(['trend', '--granularity', '=', 'm']), ['month'])
  assert.deepEqual(await offered(['top', 'features', '--metrics', 'calls,cache_h']), ['calls,cache_hit_rate'])
  assert.deepEqual(await offered(['top', 'prompt_v']), ['prompt_version'])
  assert.deepEqual(await offered(['top', '--from', '24h', 'user_s']), ['user_segment'])
  assert.deepEqual(await offered(['trend', '--tz', 'Asia/Toky']), ['Asia/Tokyo'])
  assert.deepEqual(await offered(['changes', '--reason', 'co']), ['correction'])
  assert.deepEqual(await offered(['explain', '--baseline', '']), ['previous', 'week', '4w'])
  assert.deepEqual(await offered(['complete', '']), ['bash', 'zsh', 'fish'])
})

test('nothing is offered where anything may stand, nor for what does not exist', async () => {
  for (const words of [
    ['send', ''],
    ['top', 'features', ''],
    ['nothing', ''],
    ['top', '--nothing='],
  ]) {
    assert.deepEqual(await offered(words), [], words.join(' '))
  }
})

test('names come from a ledger that runs, but none that a shell would not take as it is', async t => {
  const data = ['chat', 'a b', '$(x)', '', 'check-out'].map(feature => ({ feature }))
  const server = await serve(t, () => ({ body: { data } }))
  const env = { SPENDLEDGER_URL: server.url }
  assert.deepEqual(await offered(['feature', ''], env), ['chat', 'check-out'])
  assert.deepEqual(await offered(['top', 'models', '--feature', 'che'], env), ['check-out'])
  assert.match(server.received[0]?.url ?? '', /^\/v1\/costs\?group_by=feature&/)
})

test('a ledger that is gone, or does not answer, costs neither time nor words', {
  timeout: 30_000,
}, async t => {
  const gone = { SPENDLEDGER_URL: `http://127.0.0.1:${await freePort()}` }
  assert.deepEqual(await offered(['feature', ''], gone), [])
  const silent = await serve(t, () => undefined)
  assert.deepEqual(await offered(['user', ''], { SPENDLEDGER_URL: silent.url }), [])
})

test('a path with a quote stays one word of the script', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    assert.match(completionScript(shell, "/a b/it's"), /node '\/a b\/it'\\''s' complete-words -- /)
  }
})

test('bash completes, behind npx as well, and runs nothing of what was typed', {
  timeout: 60_000,
}, async t => {
  const directory = await scratchDirectory(t)
  const { out } = await runCommand(['complete', 'bash'])
  const file = join(directory, 'complete.bash')
  await writeFile(
    file,
    `${out}${out}
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "$function"; echo "$*: \${COMPREPLY[*]}"; }
function=_spendledger
ask spendledger trend --gran
ask spendledger user '$(touch "$SCRATCH/ran")' '\`touch "$SCRATCH/ran"\`' --js
function=_spendledger_npx
ask npx spendledger tren
ask npx other tren
complete -p spendledger npx
`,
  )
  const env = cleanEnv({ SCRATCH: directory })
  const { stdout, stderr } = await run('bash', ['--noprofile', '--norc', file], { env })
  assert.equal(stderr, '')
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'spendledger trend --gran: --granularity',
    'spendledger user $(touch "$SCRATCH/ran") `touch "$SCRATCH/ran"` --js: --json',
    'npx spendledger tren: trend',
    'npx other tren: ',
    'complete -o default -F _spendledger spendledger',
    'complete -o default -F _spendledger_npx npx',
  ])
  assert.ok(!existsSync(join(directory, 'ran')))
})
