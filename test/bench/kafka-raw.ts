// The raw client: kafkajs alone, in a process of its own so that its CPU is its own. What any consumer built on it pays at least.

import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createClients } from '#adapters/kafka/client.ts'
import { silentLog } from '../support/silent.ts'

export interface RawRead {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly group: string
  readonly records: number
}

export interface RawFigures {
  readonly seconds: number
  readonly cpuSeconds: number
}

/** Reads the topic from the beginning and does nothing with it. */
export async function readRaw(options: RawRead): Promise<RawFigures> {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(options))
  return JSON.parse(await text(child.stdout)) as RawFigures
}

async function read({ brokers, topic, group, records }: RawRead): Promise<RawFigures> {
  const { patient } = createClients({ brokers }, silentLog())
  const consumer = patient().consumer({ groupId: group, allowAutoTopicCreation: false })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  let seen = 0
  let began: { at: number; cpu: NodeJS.CpuUsage; seen: number } | undefined
  const figures = await new Promise<RawFigures>(resolve => {
    consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: true,
      partitionsConsumedConcurrently: 4,
      async eachBatch({ batch }) {
        seen += batch.messages.length
        began ??= { at: performance.now(), cpu: process.cpuUsage(), seen }
        if (seen < records) return
        const { user, system } = process.cpuUsage(began.cpu)
        const share = records / (seen - began.seen)
        const seconds = ((performance.now() - began.at) / 1000) * share
        resolve({ seconds, cpuSeconds: ((user + system) / 1e6) * share })
      },
    })
  })
  await consumer.disconnect()
  return figures
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = JSON.parse(await text(process.stdin)) as RawRead
  process.stdout.write(JSON.stringify(await read(options)))
}
