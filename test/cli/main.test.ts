import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from './harness.ts'

const WRONG = [
  ['tpo'],
  ['top'],
  ['top', 'features', '--form', '7d'],
  ['top', 'features', '--json', '--csv'],
  ['top', 'features', '--tag', 'novalue'],
  ['trend', '--granularity', 'year'],
  ['sql'],
  ['sql', 'SELECT 1', '--format', 'xml'],
  ['send'],
  ['send', 'a', 'b'],
  ['deadletters', 'replay'],
  ['deadletters', 'replay', 'x', '--reason', 'y'],
  ['deadletters', 'nothing'],
  ['verify', '--from', 'tomorrow'],
  ['verify', '--from', '2026-11-02', '--to', '2026-11-01'],
  ['rollup', '--from', '2019-01-01'],
  ['up', '--config', '/nowhere/spendledger.yaml'],
]

for (const argv of WRONG) {
  test(`wrong usage exits with 2 and one line: ${argv.join(' ')}`, async () => {
    const ran = await runCommand(argv)
    assert.equal(ran.code, 2)
    assert.equal(ran.out, '')
    assert.match(ran.err, argv.includes('--json') ? /^\{.+\}\n$/ : /^spendledger: .+/)
    // Complaints about a configuration are a list.
    if (!argv.includes('--config')) assert.equal(ran.err.trimEnd().split('\n').length, 1, ran.err)
  })
}

test('a misspelt command or option says what was meant and where help is', async () => {
  assert.match((await runCommand(['tpo'])).err, /\(Did you mean top\?\); see spendledger --help$/m)
  assert.match(
    (await runCommand(['top', 'x', '--form', '7d'])).err,
    /\(Did you mean --from\?\); see spendledger top --help$/m,
  )
})

test('no command at all shows the help and is wrong usage', async () => {
  for (const argv of [[], ['deadletters']]) {
    const ran = await runCommand(argv)
    assert.equal(ran.code, 2)
    assert.match(ran.err, /^Usage: spendledger/)
  }
})

test('help and version are answers', async () => {
  const help = await runCommand(['--help'])
  assert.deepEqual([help.code, help.err], [0, ''])
  for (const name of ['up', 'send', 'top', 'events', 'sql', 'verify', 'rollup', 'migrate', 'warehouse']) {
    assert.match(help.out, new RegExp(`^ {2}${name} `, 'm'))
  }
  assert.match((await runCommand(['top', '--help'])).out, /--tag <key=value>/)
  assert.match((await runCommand(['--version'])).out, /^\d+\.\d+\.\d+\n$/)
})

test('with --json a failure is a problem document', async () => {
  const ran = await runCommand(['top', '--json'])
  assert.equal(ran.code, 2)
  const problem = JSON.parse(ran.err)
  assert.equal(problem.code, 'wrong_usage')
  assert.equal(problem.type, 'urn:spendledger:error:wrong_usage')
})

test('a configuration that cannot be used exits with 2 and all complaints', async () => {
  const env = { SPENDLEDGER_PORT: 'x', SPENDLEDGER_SQL_PORT: '70000', KAFKA_BROKER: 'a:1' }
  for (const argv of [
    ['up', '--check'],
    ['top', 'features'],
    ['sql', 'SELECT 1'],
  ]) {
    const ran = await runCommand(argv, { env })
    assert.equal(ran.code, 2, argv.join(' '))
    for (const name of Object.keys(env)) assert.match(ran.err, new RegExp(name))
  }
})

test('up --check prints the configuration, its file and no secret', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'spendledger-cli-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = join(directory, 'spendledger.yaml')
  await writeFile(file, 'port: 4999\nslack:\n  webhook_url: https://hooks.example/secret-1\n')
  const env = { SPENDLEDGER_DATA_DIR: '/data/x' }
  const ran = await runCommand(['up', '--check', '--config', file], { env })
  assert.equal(ran.code, 0)
  assert.match(ran.out, /^SPENDLEDGER_PORT +4999 +spendledger\.yaml$/m)
  assert.match(ran.out, /^SPENDLEDGER_DATA_DIR +\/data\/x +environment$/m)
  assert.doesNotMatch(ran.out, /secret-1/)
})

test('the demo never writes into the data directory of the environment', async () => {
  const env = { SPENDLEDGER_DATA_DIR: '/data/real' }
  const ran = await runCommand(['up', '--demo', '--check'], { env })
  assert.equal(ran.code, 0)
  assert.match(ran.out, /^SPENDLEDGER_DATA_DIR +\S*spendledger-demo-\S+ +command line$/m)
})

test('own prices with faults refuse the check, with their places', async () => {
  const env = { SPENDLEDGER_PRICES: 'package.json' }
  const ran = await runCommand(['up', '--check'], { env })
  assert.equal(ran.code, 2)
  assert.match(ran.err, /SPENDLEDGER_PRICES: \S+package\.json: scripts: is an object, expected no such key/)
})

test('every command is described in docs/cli.md', async () => {
  const help = await runCommand(['--help'])
  const commands = [...help.out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name)
  assert.ok(commands.length > 10)
  const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8')
  for (const name of commands) assert.match(page, new RegExp(`\`${name}\\b`), name)
})
