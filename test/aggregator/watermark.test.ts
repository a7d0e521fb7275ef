// The watermark, from heartbeats as consumers write them. Each test has a topic of its own.

import assert from 'node:assert/strict'
import { after, beforeEach, describe, it } from 'node:test'
import { HOUR_MS, MINUTE_MS, toSqlTime } from '#core/hours.ts'
import type { AggregatorContext } from '../../services/aggregator/context.ts'
import { advanceWatermark } from '../../services/aggregator/watermark.ts'
import { startEngine } from '../support/engine.ts'
import { contextOver } from './kit.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')
const NOW = Date.now()
const ago = (minutes: number): number => NOW - minutes * MINUTE_MS

let topics = 0
let topic = ''
beforeEach(async () => {
  topic = `topic-${topics++}`
  await writer.command('ALTER TABLE watermarks DELETE WHERE 1 SETTINGS mutations_sync = 2')
})

interface Heartbeat {
  readonly partitions: readonly (readonly [consumed: number, end: number, storedUntil: number])[]
  readonly numbers?: readonly number[]
  readonly count?: number
  readonly askedAt: number
  readonly logId?: string
}

const beat = ({ partitions, numbers, count, askedAt, logId = 'log' }: Heartbeat): Promise<void> =>
  writer.insertObjects('ingest_progress', [
    {
      consumer: 'test',
      log_id: logId,
      topic,
      partition_count: count ?? partitions.length,
      partitions: numbers ?? partitions.map((_, i) => i),
      consumed: partitions.map(([consumed]) => consumed),
      ends: partitions.map(([, end]) => end),
      stored_until: partitions.map(([, , time]) => toSqlTime(time)),
      asked_at: toSqlTime(askedAt),
    },
  ])

/** As a wake does that comes long after the one before. */
async function advance(context: AggregatorContext): Promise<number> {
  context.seenUntil = Math.max(context.seenUntil + HOUR_MS, Date.now())
  await advanceWatermark(context, topic)
  return context.watermark
}

const fresh = (): AggregatorContext => contextOver(engine.warehouse('aggregator'))

describe('the watermark', () => {
  it('is never, without a heartbeat, and while a partition of the topic was not spoken of', async () => {
    const context = fresh()
    assert.equal(await advance(context), 0)
    await beat({ partitions: [[5, 5, ago(9)]], numbers: [1], count: 2, askedAt: ago(5) })
    assert.equal(await advance(context), 0)
    await beat({ partitions: [[7, 7, ago(9)]], numbers: [0], count: 2, askedAt: ago(4) })
    assert.equal(await advance(context), ago(5))
  })

  it('follows what is consumed, and keeps to what is known to be stored where it lags', async () => {
    const context = fresh()
    await beat({
      partitions: [
        [5, 5, ago(50)],
        [3, 9, ago(40)],
      ],
      askedAt: ago(30),
    })
    assert.equal(await advance(context), ago(40))
    await beat({
      partitions: [
        [5, 5, ago(50)],
        [9, 9, ago(35)],
      ],
      askedAt: ago(20),
    })
    assert.equal(await advance(context), ago(20))
  })

  it('never goes back: not for a consumer that restarted or lags again, not over a restart of the aggregator', async () => {
    const context = fresh()
    await beat({ partitions: [[5, 5, ago(9)]], askedAt: ago(8) })
    assert.equal(await advance(context), ago(8))
    await beat({ partitions: [[5, 99, 0]], askedAt: ago(7) })
    assert.equal(await advance(context), ago(8))
    const restarted = fresh()
    assert.equal(await advance(restarted), ago(8))
    assert.equal((await restarted.metrics.completeUntil.get()).values[0]?.value, ago(8) / 1000)
    const rows = await writer.query('SELECT value FROM watermarks FINAL')
    assert.deepEqual(rows, [{ value: toSqlTime(ago(8)) }])
  })

  it('does not follow a clock that is ahead, since it could not come back', async () => {
    const context = fresh()
    await beat({ partitions: [[5, 5, NOW]], askedAt: NOW + 365 * 24 * HOUR_MS })
    const value = await advance(context)
    assert.ok(value >= NOW && value <= Date.now() + HOUR_MS, toSqlTime(value))
  })

  it('listens to the log that is read now, not to the one before it', async () => {
    const context = fresh()
    await beat({
      logId: 'old',
      partitions: [
        [1, 9, ago(90)],
        [1, 9, ago(90)],
      ],
      askedAt: ago(20),
    })
    await beat({ logId: 'new', partitions: [[0, 0, 0]], askedAt: ago(10) })
    assert.equal(await advance(context), ago(10))
  })

  it('is never again, when partitions are added, until each was spoken of', async () => {
    const context = fresh()
    await beat({ partitions: [[1, 1, ago(9)]], askedAt: ago(9) })
    assert.equal(await advance(context), ago(9))
    await beat({ partitions: [[1, 1, ago(9)]], count: 2, askedAt: ago(5) })
    assert.equal(await advance(context), ago(9))
    await beat({ partitions: [[0, 0, 0]], numbers: [1], count: 2, askedAt: ago(4) })
    assert.equal(await advance(context), ago(5))
  })
})
