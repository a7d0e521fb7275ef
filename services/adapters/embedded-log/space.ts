// How much may still be appended: the limit of the log, and what the disk has left. A write that meets a full disk is not
// only lost, it can end the process inside LMDB, so none is tried that may not fit.

import { statfs } from 'node:fs/promises'
import type { Store } from './store.ts'

/** What an append takes besides its records: copied pages of the trees, the list of free pages, half-filled pages. */
const APPEND_OVERHEAD_BYTES = 2 * 2 ** 20

/** What any write may take. */
const WRITE_BYTES = 512 * 1024

/** Unless told otherwise, the disk keeps this much free ... */
const RESERVE_BYTES = 256 * 2 ** 20
/** ... or this share of it, if that is less: room for positions, drops and a consumer's appends when others are refused. */
const RESERVE_SHARE = 0.05

export interface Room {
  /** Bytes of records that may be appended; not above 0 when full. */
  readonly bytes: number
  /** The same for appends that may use the reserve: all that the disk has, but for what a position takes. Never less. */
  readonly reserveBytes: number
  /** What sets this limit, in words. */
  readonly limit: string
  /** Whether not even positions and drops should be written: the reserve is gone too. */
  readonly exhausted: boolean
}

export interface SpaceLimits {
  /** Bytes that the log may use. */
  readonly maxBytes: number
  /** Bytes that the disk keeps free; default 256 MiB, or 5 % of a small disk. */
  readonly minFreeDiskBytes?: number
}

/** Returns the room now. Rejects when the disk or the store does not answer. */
export function measureRoom(store: Store, dir: string, limits: SpaceLimits): () => Promise<Room> {
  return async () => {
    const disk = await statfs(dir)
    const { used, free } = store.usage()
    const reserve =
      limits.minFreeDiskBytes ?? Math.min(RESERVE_BYTES, disk.blocks * disk.bsize * RESERVE_SHARE)
    const inLog = limits.maxBytes - used
    const available = disk.bavail * disk.bsize + free
    const onDisk = available - reserve - APPEND_OVERHEAD_BYTES
    const bytes = Math.min(inLog, onDisk)
    return {
      bytes,
      reserveBytes: Math.max(bytes, available - WRITE_BYTES - APPEND_OVERHEAD_BYTES),
      exhausted: available < WRITE_BYTES,
      limit:
        inLog <= onDisk
          ? `${used} of ${limits.maxBytes} bytes are in use`
          : `the disk has ${disk.bavail * disk.bsize} bytes left`,
    }
  }
}
