import assert from 'node:assert/strict'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { kafkaLines } from '#adapters/kafka/log-lines.ts'
import { recordedLog } from './kit.ts'

const { logLevel } = kafkajs

test('no line of the client is above debug, and its details stay with it', () => {
  const { log, lines } = recordedLog('trace')
  const write = kafkaLines(log)(logLevel.DEBUG)
  for (const label of ['ERROR', 'WARN', 'INFO', 'DEBUG']) {
    const entry = { timestamp: 'now', message: `said at ${label}`, broker: 'b:9092', stack: 'Error: ...' }
    write({ namespace: 'Connection', level: logLevel.ERROR, label, log: entry as never })
  }
  assert.deepEqual(
    lines.map(({ level, msg }) => [level, msg]),
    [
      ['debug', 'Connection: said at ERROR'],
      ['debug', 'Connection: said at WARN'],
      ['debug', 'Connection: said at INFO'],
      ['trace', 'Connection: said at DEBUG'],
    ],
  )
  assert.deepEqual(lines[0]?.['kafka'], { broker: 'b:9092', stack: 'Error: ...' })
})
