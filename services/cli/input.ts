// What a command reads: a file, or standard input for `-`.

import { open } from 'node:fs/promises'
import { CommandError } from './errors.ts'
import type { Io } from './io.ts'

export interface Input {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Bytes, where they are known beforehand. */
  readonly size: number | undefined
  /** For messages. */
  readonly name: string
}

const CHUNK_BYTES = 256 * 1024

/** @throws CommandError for a file that cannot be opened */
export async function openInput(io: Io, file: string): Promise<Input> {
  if (file === '-') return { chunks: io.stdin, size: undefined, name: 'standard input' }
  try {
    const handle = await open(file)
    const stats = await handle.stat()
    if (stats.isDirectory()) {
      await handle.close()
      throw new Error('it is a directory')
    }
    return {
      chunks: handle.createReadStream({ highWaterMark: CHUNK_BYTES }) as AsyncIterable<Uint8Array>,
      size: stats.isFile() ? stats.size : undefined,
      name: file,
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no such file' : message
    throw new CommandError('wrong_usage', `cannot read ${file}: ${reason}`, { cause: error })
  }
}
