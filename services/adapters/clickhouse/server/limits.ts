// How much of the machine the engine and each user may take. Wrong here means that one query of a reader starves inserts,
// or that the kernel ends the engine for want of memory.
import { availableParallelism, totalmem } from 'node:os'

const MIB = 2 ** 20

/** The engine alone, and never less: below it, merges of wide tables fail. */
const MIN_ENGINE_BYTES = 512 * MIB
const MAX_DEFAULT_BYTES = 8_192 * MIB

export interface Machine {
  readonly cores: number
  readonly memoryBytes: number
}

/** Bytes and threads. */
export interface Limits {
  readonly cores: number
  /** All queries, merges and caches together. */
  readonly serverBytes: number
  /** One statement of the aggregator. */
  readonly aggregatorQueryBytes: number
  /** One query of a reader, and all of them. */
  readonly readerQueryBytes: number
  readonly readerBytes: number
  /** Temporary files of one user, written when a query outgrows its memory. */
  readonly spillBytes: number
}

/** This machine, or the part of it that the process's control group may use. */
export function thisMachine(): Machine {
  const constrained = process.constrainedMemory()
  // 0 when there is no constraint, and a number beyond all memory when the group has none of its own.
  const memoryBytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
  return { cores: availableParallelism(), memoryBytes }
}

/**
 * Half of the machine for the engine unless told otherwise; the aggregator at most half of that, readers together half
 * and one query a quarter, so that inserts always find room.
 *
 * @param serverBytes the engine's share, if the operator set one
 */
export function limitsFor(machine: Machine, serverBytes?: number): Limits {
  const half = Math.min(Math.floor(machine.memoryBytes / 2), MAX_DEFAULT_BYTES)
  const server = Math.max(serverBytes ?? half, MIN_ENGINE_BYTES)
  return {
    cores: machine.cores,
    serverBytes: server,
    aggregatorQueryBytes: Math.floor(server / 2),
    readerQueryBytes: Math.floor(server / 4),
    readerBytes: Math.floor(server / 2),
    spillBytes: server,
  }
}
