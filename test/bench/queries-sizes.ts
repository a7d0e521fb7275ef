// What the world takes on disk and in memory.

import { readFileSync } from 'node:fs'
import type { Measurement } from './bench.ts'
import type { World } from './queries-world.ts'

const TABLES = ['usage_events', 'usage_by_feature', 'usage_by_user']
const LARGEST = 15

interface TableSize {
  table: string
  table_rows: string
  bytes: string
  index_bytes: string
}

/** Bytes are those on disk, compressed, of parts that are in use. */
export async function sizesOf(world: World): Promise<Measurement[]> {
  const writer = world.warehouse('writer')
  const tables = await writer.query<TableSize>(
    `SELECT table, sum(rows) AS table_rows, sum(bytes_on_disk) AS bytes, sum(secondary_indices_compressed_bytes) AS index_bytes
FROM system.parts WHERE active AND database = currentDatabase() AND table IN {tables:Array(String)}
GROUP BY table ORDER BY indexOf({tables:Array(String)}, table)`,
    { params: { tables: TABLES } },
  )
  const columns = await writer.query<{ name: string; bytes: string }>(
    `SELECT name, data_compressed_bytes AS bytes FROM system.columns
WHERE database = currentDatabase() AND table = 'usage_events' ORDER BY data_compressed_bytes DESC LIMIT {limit:UInt32}`,
    { params: { limit: LARGEST } },
  )
  const events = Number(tables.find(({ table }) => table === 'usage_events')?.table_rows ?? 0)
  const per = (bytes: string, rows: number) => Number((Number(bytes) / rows).toFixed(2))
  return [
    ...tables.flatMap(({ table, table_rows, bytes, index_bytes }) => [
      { name: `${table}: rows`, value: Number(table_rows), unit: 'rows' },
      { name: `${table}: bytes a row`, value: per(bytes, Number(table_rows)), unit: 'B' },
      { name: `${table}: of them indexes`, value: per(index_bytes, Number(table_rows)), unit: 'B' },
      { name: `${table}: bytes an event`, value: per(bytes, events), unit: 'B' },
    ]),
    ...columns.map(({ name, bytes }) => ({ name: `  ${name}`, value: per(bytes, events), unit: 'B/event' })),
  ]
}

/** Resident memory of a process, MB. */
export function residentMemory(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Math.round(Number(line?.[1] ?? 0) / 1024)
}
