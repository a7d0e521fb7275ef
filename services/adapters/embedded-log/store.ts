// The log's one LMDB environment: what is kept in it, and atomic, fsynced writes. LMDB is configured here and nowhere else;
// each setting below is a promise of the port.
//
//   log          'identity'                                 -> { format, id }
//   topics       name                                       -> { id, partitions }
//   partitions   [topic id, partition]                      -> { head, end }
//   positions    [group, topic id, partition]               -> next offset to read
//   blocks       [topic id, partition, first, count, time]  -> records (block.ts)

import { open } from 'lmdb'
import type { Block, BlockHead } from './block.ts'

export interface Identity {
  readonly format: 1
  readonly id: string
}

export type PartitionKey = [topic: number, partition: number]
export type PositionKey = [group: string, topic: number, partition: number]
export type BlockKey = [topic: number, partition: number, first: number, count: number, timestamp: number]

/** Offsets of a partition: [head, end) are kept. */
export interface Bounds {
  readonly head: number
  readonly end: number
}

/** Bytes of the file: in use, and free for what comes. A file never shrinks. */
export interface Usage {
  readonly used: number
  readonly free: number
}

export type Store = ReturnType<typeof openStore>
export type Tables = Store['tables']

/** Opens or creates the environment. Throws what LMDB throws: no directory, no rights, no LMDB file. */
export function openStore(dir: string, expectedBytes: number) {
  const env = open<unknown, string>({
    path: dir,
    noSubdir: false,
    // With it, a commit is visible before it is synced, and one whose sync failed stays.
    overlappingSync: false,
    // With it, each failed commit leaves an unhandled rejection behind, which ends the process.
    eventTurnBatching: false,
    // Address space, not memory: enough that the map seldom moves.
    mapSize: 2 * expectedBytes + 2 ** 28,
  })
  const tables = {
    log: env.openDB<Identity, string>('log', { encoding: 'json' }),
    topics: env.openDB<{ id: number; partitions: number }, string>('topics', { encoding: 'json' }),
    partitions: env.openDB<Bounds, PartitionKey>('partitions', { encoding: 'json' }),
    positions: env.openDB<number, PositionKey>('positions', { encoding: 'json' }),
    blocks: env.openDB<Buffer, BlockKey>('blocks', { encoding: 'binary' }),
  }

  /**
   * Makes the puts and removes of `change` in one transaction, all or none, and resolves when they are synced to the disk.
   * Rejects with LMDB's error. `change` must not throw: LMDB would write what came before.
   */
  async function write(change: (to: typeof tables) => void): Promise<void> {
    try {
      await env.batch(() => change(tables))
    } catch (error) {
      throw await commitError(error)
    }
  }

  /** The kept blocks of a partition, beginning with the one that holds `offset`. Not to be held across an await. */
  function* blocks(topic: number, partition: number, offset: number): Generator<Block> {
    for (const { key, value } of tables.blocks.getRange(rangeFrom(topic, partition, offset))) {
      yield { ...headOf(key), data: value }
    }
  }

  /** As `blocks`, without reading the data. */
  function* heads(topic: number, partition: number, offset: number): Generator<BlockHead> {
    for (const key of tables.blocks.getKeys(rangeFrom(topic, partition, offset))) yield headOf(key)
  }

  function rangeFrom(topic: number, partition: number, offset: number) {
    const before = { start: [topic, partition, offset + 1], end: [topic, partition], reverse: true, limit: 1 }
    const [holding] = tables.blocks.getKeys(before)
    return { start: holding ?? [topic, partition, offset], end: [topic, partition + 1] }
  }

  /** Counted in pages by LMDB itself, so it is exact after every write and after a restart. */
  function usage(): Usage {
    const all = [env, ...Object.values(tables)].map(db => db.getStats() as Pages & EnvironmentPages)
    const [environment] = all
    if (!environment) throw new Error('the environment has no statistics')
    const used = [...all, environment.free].reduce((sum, pages) => sum + pagesOf(pages), META_PAGES)
    const held = environment.lastPageNumber + 1
    return { used: used * environment.pageSize, free: (held - used) * environment.pageSize }
  }

  return { tables, write, blocks, heads, usage, close: () => env.close() }
}

const headOf = ([, , first, count, timestamp]: BlockKey): BlockHead => ({ first, count, timestamp })

const META_PAGES = 2

interface Pages {
  readonly treeBranchPageCount: number
  readonly treeLeafPageCount: number
  readonly overflowPages: number
}

interface EnvironmentPages {
  readonly pageSize: number
  readonly lastPageNumber: number
  readonly free: Pages
}

const pagesOf = (pages: Pages): number =>
  pages.treeBranchPageCount + pages.treeLeafPageCount + pages.overflowPages

/** A failed commit rejects with a stand-in whose `commitError` rejects, a little later, with the cause. */
async function commitError(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error
  try {
    await error.commitError
    return error
  } catch (cause) {
    return cause
  }
}
