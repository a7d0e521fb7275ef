// Which committed positions are believed. Kafka forgets a group's positions when a topic is deleted, but not one that a member
// commits a moment later; only the id that was committed with it tells.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Admin } from 'kafkajs'
import { createPositions } from '#adapters/kafka/positions.ts'

const LOG_ID = 'kafka:this-topic'

async function positionOf(committed: { offset: string; metadata: string | null }) {
  const admin: Pick<Admin, 'fetchOffsets' | 'fetchTopicOffsets'> = {
    fetchOffsets: async () => [{ topic: 't', partitions: [{ partition: 0, ...committed }] }],
    fetchTopicOffsets: async () => [{ partition: 0, offset: '90', high: '90', low: '10' }],
  }
  const { of } = createPositions({
    admin: async () => admin as Admin,
    renew: async () => undefined,
    view: {
      describe: async () => ({ clusterId: 'c', brokers: 1 }),
      topics: async () => new Map([['t', { logId: LOG_ID, partitions: 1, leaderless: 0 }]]),
      checkGroup: async () => undefined,
      close: async () => undefined,
    },
  })
  const [position] = (await of('g', 't')).positions
  return { committed: position?.committed, misplaced: position?.misplaced }
}

const cases = [
  ['of this topic is believed', { offset: '50', metadata: LOG_ID }, { committed: 50, misplaced: false }],
  ['at the end is believed', { offset: '90', metadata: LOG_ID }, { committed: 90, misplaced: false }],
  [
    'set by a tool, without an id, is believed',
    { offset: '50', metadata: '' },
    { committed: 50, misplaced: false },
  ],
  [
    'of another topic is read from the beginning',
    { offset: '50', metadata: 'kafka:other' },
    { committed: 10, misplaced: true },
  ],
  [
    'beyond the end is read from the beginning',
    { offset: '91', metadata: LOG_ID },
    { committed: 10, misplaced: true },
  ],
  [
    'that was never committed begins with the oldest',
    { offset: '-1', metadata: null },
    { committed: 10, misplaced: false },
  ],
  [
    'that retention has passed begins with the oldest',
    { offset: '3', metadata: LOG_ID },
    { committed: 10, misplaced: false },
  ],
] as const

for (const [name, committed, expected] of cases) {
  test(`a position ${name}`, async () => assert.deepEqual(await positionOf(committed), expected))
}
