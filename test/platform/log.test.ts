import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import { createLogger, type LogFormat, type Logger, rateLimited } from '#platform/log.ts'
import { Secret } from '#platform/secret.ts'
import { collectLines } from './http-fixture.ts'

function jsonLogger() {
  const stream = collectLines()
  return {
    lines: stream.lines,
    log: createLogger({ level: 'info', format: 'json', service: 'collector', stream }),
  }
}

function textLogger(format: LogFormat, isTTY: boolean) {
  const texts: string[] = []
  const stream = { isTTY, write: (text: string) => texts.push(text) }
  const log: Logger = createLogger({ level: 'info', format, service: 'collector', stream })
  return { log, text: () => texts.join('') }
}

test('a JSON line has level, ISO time, service and message', () => {
  const { log, lines } = jsonLogger()
  log.info({ n: 1 }, 'hello')
  const { time, ...line } = lines[0] ?? {}
  assert.deepEqual(line, { level: 'info', service: 'collector', n: 1, msg: 'hello' })
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

test('lines below the level are not written', () => {
  const { log, lines } = jsonLogger()
  log.debug('quiet')
  assert.deepEqual(lines, [])
})

test('auto is pretty on a terminal and JSON elsewhere', () => {
  const terminal = textLogger('auto', true)
  terminal.log.info('hello')
  assert.doesNotMatch(terminal.text(), /^\{/)
  assert.match(terminal.text(), /hello/)
  const pipe = textLogger('auto', false)
  pipe.log.info('hello')
  assert.equal(JSON.parse(pipe.text()).msg, 'hello')
})

test('pretty lines are written before the call returns, and without colours outside a terminal', () => {
  const { log, text } = textLogger('pretty', false)
  log.fatal({ err: new LedgerError('log_full') }, 'last words')
  assert.match(text(), /FATAL.*last words/)
  assert.match(text(), /log_full/)
  assert.ok(!text().includes('\u001b'))
})

test('errors are logged with code, cause and stack, and nothing else that hangs on them', () => {
  const { log, lines } = jsonLogger()
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', config: { password: 'hunter2' } })
  log.error({ err: new Error('insert failed', { cause }) }, 'x')
  const [line] = lines as [{ err: { stack: string; cause: { stack: string } } }]
  const { stack, ...err } = line.err
  assert.match(stack, /insert failed/)
  const { stack: causeStack, ...inner } = err.cause
  assert.match(causeStack, /refused/)
  assert.deepEqual(
    { ...err, cause: inner },
    {
      type: 'Error',
      message: 'insert failed',
      cause: { type: 'Error', code: 'ECONNREFUSED', message: 'refused' },
    },
  )
})

test('an error of the table is named by its code and needs no stack', () => {
  const { log, lines } = jsonLogger()
  log.error({ err: new LedgerError('log_full') }, 'x')
  assert.deepEqual(lines[0]?.['err'], {
    type: 'LedgerError',
    code: 'log_full',
    message: 'The event log is full; nothing was taken',
  })
})

test('errors that cause one another in a circle are still one line', () => {
  const { log, lines } = jsonLogger()
  const error = new Error('a')
  error.cause = error
  log.error({ err: error }, 'x')
  assert.equal(lines.length, 1)
})

test('secrets, sensitive keys and credentials in addresses never reach a line', () => {
  const { log, lines } = jsonLogger()
  const canary = 'hunter2'
  log.info({ config: { url: new Secret(canary) }, password: canary }, 'x')
  log.info(
    { request: { headers: { authorization: canary, cookie: canary } }, user: { api_key: canary } },
    'x',
  )
  log.error({ err: new Error(`connect http://u:${canary}@db failed`) }, 'x')
  assert.equal(lines.length, 3)
  assert.doesNotMatch(JSON.stringify(lines), /hunter2/)
})

test('a line break in a value cannot forge a line', () => {
  const { log, lines } = jsonLogger()
  log.info({ untrusted: 'a\n{"level":"fatal"}' }, 'x')
  assert.equal(lines.length, 1)
})

test('one line for each cause and interval, with a count of the suppressed ones', () => {
  const { log, lines } = jsonLogger()
  let now = 1_000
  const limited = rateLimited(log, 30_000, { now: () => now })
  for (let i = 0; i < 100; i++) limited.warn('warehouse', { i }, 'insert failed')
  limited.error('log', {}, 'append failed')
  assert.deepEqual(
    lines.map(({ level, cause, i }) => [level, cause, i]),
    [
      ['warn', 'warehouse', 0],
      ['error', 'log', undefined],
    ],
  )
  now += 29_999
  limited.warn('warehouse', {}, 'insert failed')
  assert.equal(lines.length, 2)
  now += 1
  limited.warn('warehouse', { i: 'again' }, 'insert failed')
  assert.equal(lines[2]?.['suppressed'], 100)
  now += 30_000
  limited.warn('warehouse', {}, 'insert failed')
  assert.ok(lines[3] && !('suppressed' in lines[3]))
})

test('endlessly many causes do not fill the memory: old ones are forgotten', () => {
  const { log, lines } = jsonLogger()
  const limited = rateLimited(log, 60_000, { now: () => 0 })
  for (let i = 0; i <= 1_000; i++) limited.warn(`cause ${i}`, {}, 'x')
  limited.warn('cause 0', {}, 'x')
  assert.equal(lines.filter(({ cause }) => cause === 'cause 0').length, 2)
})
