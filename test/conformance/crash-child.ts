// The process that the conformance suite lets die: it opens the log, does what the scenario says, tells on standard output what
// was acknowledged, and kills itself. Lines are written synchronously, so none is lost and none is early.

import { writeSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { EventLog, LogRecord } from '#ports/event-log.ts'
import type { LogUnderTest, Scenario } from './log-under-test.ts'

const { module, config, scenario } = JSON.parse(await text(process.stdin)) as LogUnderTest & {
  scenario: Scenario
}
const { openLog } = (await import(module)) as { openLog(config: unknown): Promise<EventLog> }
const log = await openLog(config)
const die = (): boolean => process.kill(process.pid, 'SIGKILL')

async function append({ topic, keys, acks }: Scenario & { kind: 'append' }): Promise<void> {
  let acknowledged = 0
  await Promise.all(
    keys.map(async key => {
      await log.append(topic, [{ key, value: Buffer.from(`value of ${key}`) }])
      writeSync(1, `acknowledged ${key}\n`)
      acknowledged += 1
      if (acknowledged === acks) die()
    }),
  )
}

async function consume({ topic, group, count }: Scenario & { kind: 'consume' }): Promise<void> {
  const subscription = await log.subscribe({ group, topics: [topic] })
  const read = new Map<number, LogRecord[]>()
  for (let records = 0; records < count; ) {
    for (const batch of await subscription.poll({
      maxRecords: 1_000,
      maxBytes: 2 ** 20,
      waitMs: 1_000,
      lingerMs: 0,
    })) {
      read.set(batch.partition, [...(read.get(batch.partition) ?? []), ...batch.records])
      records += batch.records.length
    }
  }
  for (const [partition, records] of read) {
    const half = records.slice(0, Math.ceil(records.length / 2))
    const first = half[0]?.offset ?? 0
    const range = { topic, partition, first, last: half.at(-1)?.offset ?? first }
    await subscription.commit([range])
    writeSync(1, `committed ${JSON.stringify(range)}\n`)
  }
  die()
}

await (scenario.kind === 'append' ? append(scenario) : consume(scenario))
