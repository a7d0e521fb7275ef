// Members of a group that join and leave at any moment, with batches under way, while records are appended. Kafka itself says
// afterwards where the group stands, and while it runs that no position ever goes back.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog, LogBatch } from '#ports/event-log.ts'
import { openLog, rangeOf, readUntil, records, valuesOf } from '../../adapters/kafka/kit.ts'
import { type Random, seeded } from '../../aggregator/worlds.ts'
import { kafkaClient, uniqueName } from '../../support/kafka.ts'
import type { Scenario } from '../scenario.ts'
import { onOwnBroker } from './arena.ts'

const MEMBERS = 3
const PARTITIONS = 6
const RUN_MS = 120_000

interface Run {
  readonly topic: string
  readonly group: string
  /** performance.now() when it ends. */
  readonly until: number
  readonly seen: Map<number, number>
}

const running = ({ until }: Run): boolean => performance.now() < until

function see({ seen }: Run, batches: readonly LogBatch[]): void {
  for (const value of valuesOf(batches)) seen.set(value, (seen.get(value) ?? 0) + 1)
}

async function appendAll(run: Run, log: EventLog): Promise<number> {
  let next = 0
  for (; running(run); next += 50) {
    await log.append(run.topic, records(next, next + 50))
    await sleep(20)
  }
  return next
}

/** Joins, reads for some seconds with late commits, leaves with or without waiting for them, again and again. */
async function comeAndGo(run: Run, log: EventLog, random: Random): Promise<void> {
  while (running(run)) {
    const subscription = await log.subscribe({ group: run.group, topics: [run.topic] })
    const leave = performance.now() + 1_500 + random() * 5_000
    const commits: Promise<void>[] = []
    while (performance.now() < leave) {
      const batches = await subscription.poll({
        maxRecords: 200,
        maxBytes: 2 ** 20,
        waitMs: 200,
        lingerMs: 0,
      })
      see(run, batches)
      commits.push(sleep(random() * 400).then(() => subscription.commit(batches.map(rangeOf))))
    }
    if (random() < 0.5) await Promise.all(commits)
    await subscription.close()
    await Promise.all(commits)
    await sleep(random() * 1_000)
  }
}

/** Asks Kafka, until it is stopped, where the group stands. */
function watchPositions({ topic, group }: Run) {
  const admin = kafkaClient().admin()
  const highest = new Map<number, number>()
  let stopped = false
  async function watch(): Promise<void> {
    await admin.connect()
    while (!stopped) {
      const [of] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
      for (const { partition, offset } of of?.partitions ?? []) {
        const before = highest.get(partition) ?? -1
        assert.ok(Number(offset) >= before, `partition ${partition} went from ${before} back to ${offset}`)
        highest.set(partition, Number(offset))
      }
      await sleep(100)
    }
    await admin.disconnect()
  }
  const watching = watch()
  return {
    watching,
    stop() {
      stopped = true
      return watching
    },
  }
}

export const rebalance: Scenario = {
  name: 'rebalance',
  promise: 'members come and go: every record is read, no commit fails, no position goes back',
  run: ({ seed, scale }) =>
    onOwnBroker(async t => {
      const { log } = await openLog(t)
      const logs = await Promise.all(
        Array.from({ length: MEMBERS }, () => openLog(t, { partitions: PARTITIONS })),
      )
      const names = { topic: uniqueName('rebalance'), group: uniqueName('group') }
      await log.append(names.topic, [{ key: 'first', value: Buffer.from('-1') }])
      const run: Run = { ...names, until: performance.now() + RUN_MS * scale, seen: new Map() }
      const positions = watchPositions(run)
      const work = [
        appendAll(run, log),
        ...logs.map(({ log }, index) => comeAndGo(run, log, seeded(seed * MEMBERS + index))),
      ] as const
      const [appended] = await Promise.race([Promise.all(work), positions.watching.then(() => [0])])
      const last = await log.subscribe({ group: run.group, topics: [run.topic] })
      await readUntil(last, () => run.seen.size > appended, {
        commit: true,
        ms: 60_000,
        onBatches: batches => see(run, batches),
      })
      for (const { committed, end } of await last.progress(run.topic)) assert.equal(committed, end)
      await positions.stop()
      for (let value = -1; value < appended; value++) assert.ok(run.seen.has(value), `${value} was not read`)
      const deliveries = [...run.seen.values()].reduce((sum, times) => sum + times, 0)
      return { records: run.seen.size, repeats: deliveries - run.seen.size }
    }),
}
