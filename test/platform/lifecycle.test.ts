import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type App, composeApps, endProcess, type ProcessEvents, runApps } from '#platform/lifecycle.ts'
import { createLogger } from '#platform/log.ts'
import { collectLines } from './http-fixture.ts'

function fixture() {
  const events: string[] = []
  const stream = collectLines()
  const log = createLogger({ level: 'debug', format: 'json', service: 'test', stream })
  const app = (name: string, overrides: Partial<App> = {}): App => ({
    async start(signal) {
      events.push(`start ${name}`)
      await overrides.start?.(signal)
    },
    async stop() {
      events.push(`stop ${name}`)
      await overrides.stop?.()
    },
  })
  return { events, log, lines: stream.lines, app }
}

/** A process that can be signalled without being one. */
function fakeProcess() {
  const emitter = new EventEmitter()
  const exited = once(emitter, 'exit-called')
  const codes: unknown[] = []
  const exit = (code: unknown) => {
    codes.push(code)
    emitter.emit('exit-called')
  }
  const host = Object.assign(emitter, { exit }) as unknown as ProcessEvents
  return { host, emitter, exited, codes }
}

const fails = (message: string) => async () => {
  throw new Error(message)
}

test('parts start in order and stop in reverse', async () => {
  const { app, events, log } = fixture()
  const all = composeApps({ warehouse: app('warehouse'), log: app('log'), http: app('http') }, log)
  await all.start()
  await all.stop()
  assert.deepEqual(events, [
    'start warehouse',
    'start log',
    'start http',
    'stop http',
    'stop log',
    'stop warehouse',
  ])
})

test('a start that fails stops what was started, and only that', async () => {
  const { app, events, log } = fixture()
  const all = composeApps({ a: app('a'), b: app('b', { start: fails('taken') }), c: app('c') }, log)
  await assert.rejects(all.start(), { message: 'taken' })
  assert.deepEqual(events, ['start a', 'start b', 'stop a'])
})

test('a part that fails to stop does not keep the others from stopping', async () => {
  const { app, events, log, lines } = fixture()
  const all = composeApps({ a: app('a'), b: app('b', { stop: fails('stuck') }) }, log)
  await all.start()
  await assert.rejects(all.stop(), { message: 'stuck' })
  assert.deepEqual(events.slice(2), ['stop b', 'stop a'])
  assert.ok(lines.some(line => line['msg'] === 'stopping failed' && line['app'] === 'b'))
})

test('a stop during the start ends the start, then stops what runs', async () => {
  const { app, events, log } = fixture()
  const waiting = app('waiting', {
    start: async signal => {
      await once(signal ?? new EventTarget(), 'abort')
      throw new Error('given up')
    },
  })
  const slow = app('slow', {
    stop: async () => {
      await setTimeout(20)
      events.push('drained')
    },
  })
  const all = composeApps({ slow, waiting, c: app('c') }, log)
  const refused = assert.rejects(all.start(), { message: 'given up' })
  await setTimeout(5)
  await all.stop()
  assert.deepEqual(events, ['start slow', 'start waiting', 'stop slow', 'drained'])
  await refused
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`${signal} stops everything and exits with 0`, async () => {
    const { app, events, log } = fixture()
    const { host, emitter, exited, codes } = fakeProcess()
    assert.equal(await runApps({ a: app('a') }, { log, process: host }), true)
    emitter.emit(signal, signal)
    await exited
    assert.deepEqual(events, ['start a', 'stop a'])
    assert.deepEqual(codes, [0])
  })
}

test('a second signal does not break a running stop', async () => {
  const { app, events, log } = fixture()
  const { host, emitter, exited, codes } = fakeProcess()
  const slow = app('slow', {
    stop: async () => {
      await setTimeout(50)
      events.push('drained')
    },
  })
  await runApps({ slow }, { log, process: host })
  emitter.emit('SIGINT', 'SIGINT')
  emitter.emit('SIGINT', 'SIGINT')
  emitter.emit('SIGTERM', 'SIGTERM')
  await exited
  assert.deepEqual(events, ['start slow', 'stop slow', 'drained'])
  assert.deepEqual(codes, [0])
})

test('a stop that takes longer than its deadline exits with 1 and says so', async () => {
  const { app, log, lines } = fixture()
  const { host, emitter, exited, codes } = fakeProcess()
  await runApps(
    { stuck: app('stuck', { stop: () => new Promise(() => {}) }) },
    { log, process: host, deadlineMs: 20 },
  )
  emitter.emit('SIGTERM', 'SIGTERM')
  await exited
  assert.deepEqual(codes, [1])
  assert.ok(lines.some(({ level, deadline_ms }) => level === 'fatal' && deadline_ms === 20))
})

test('a stop that fails exits with 1', async () => {
  const { app, log } = fixture()
  const { host, emitter, exited, codes } = fakeProcess()
  await runApps({ a: app('a', { stop: fails('stuck') }) }, { log, process: host })
  emitter.emit('SIGTERM', 'SIGTERM')
  await exited
  assert.deepEqual(codes, [1])
})

test('a start that fails rejects, with everything stopped and the process left as it was', async () => {
  const { app, events, log } = fixture()
  const { host, emitter, codes } = fakeProcess()
  const apps = { a: app('a'), b: app('b', { start: fails('taken') }) }
  await assert.rejects(runApps(apps, { log, process: host }), { message: 'taken' })
  assert.deepEqual(events, ['start a', 'start b', 'stop a'])
  assert.equal(emitter.listenerCount('SIGTERM') + emitter.listenerCount('uncaughtException'), 0)
  assert.deepEqual(codes, [])
})

test('a signal during the start stops what runs and exits with 0', async () => {
  const { app, events, log } = fixture()
  const { host, emitter, exited, codes } = fakeProcess()
  const slow = app('slow', { start: () => setTimeout(30) })
  const running = runApps({ a: app('a'), slow, c: app('c') }, { log, process: host })
  await setTimeout(5)
  emitter.emit('SIGINT', 'SIGINT')
  assert.equal(await running, false)
  await exited
  assert.deepEqual(events, ['start a', 'start slow', 'stop slow', 'stop a'])
  assert.deepEqual(codes, [0])
})

for (const event of ['uncaughtException', 'unhandledRejection']) {
  test(`${event} is a fatal line and exit code 1`, async () => {
    const { app, log, lines } = fixture()
    const { host, emitter, codes } = fakeProcess()
    await runApps({ a: app('a') }, { log, process: host })
    emitter.emit(event, new Error('nobody expected this'))
    assert.deepEqual(codes, [1])
    const line = lines.find(({ level }) => level === 'fatal')
    assert.match(JSON.stringify(line), /nobody expected this/)
  })
}

const PROGRAM = `
import { runApps } from '#platform/lifecycle.ts'
import { createLogger } from '#platform/log.ts'
const log = createLogger({ level: 'info', format: 'json', service: 'test' })
const timer = setInterval(() => {}, 1_000)
const app = {
  async start() {},
  async stop() { await new Promise(resolve => setTimeout(resolve, 200)); clearInterval(timer); log.info('drained') },
}
runApps({ app }, { log }).then(() => {
  console.log('ready')
  if (process.argv.includes('--throw')) setTimeout(() => { throw new Error('nobody expected this') }, 10)
})
`

function spawnProgram(...args: string[]) {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', PROGRAM, '--', ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', chunk => {
    errors += chunk
  })
  return { child, ready: once(child.stdout, 'data'), closed: once(child, 'close'), errors: () => errors }
}

test('what leaves a process useless ends it with one fatal line and 1', () => {
  const { log, lines } = fixture()
  const { host, codes } = fakeProcess()
  endProcess(log, host)(new Error('the consumer will not restart'))
  assert.deepEqual(codes, [1])
  assert.equal(lines.length, 1)
  assert.equal(lines[0]?.['level'], 'fatal')
})

test('a real process drains on SIGTERM, shrugs off a second one, and logs to standard error', async t => {
  const { child, ready, closed, errors } = spawnProgram()
  t.after(() => child.kill('SIGKILL'))
  await ready
  child.kill('SIGTERM')
  await setTimeout(50)
  child.kill('SIGTERM')
  assert.deepEqual(await closed, [0, null])
  assert.match(errors(), /"msg":"drained"/)
})

test('a real process writes its fatal line before it ends', async t => {
  const { child, closed, errors } = spawnProgram('--throw')
  t.after(() => child.kill('SIGKILL'))
  assert.deepEqual(await closed, [1, null])
  assert.match(errors(), /"level":"fatal".*nobody expected this/)
})
