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

/** https://www.rfc-editor.org/rfc/rfc1952#page-6 */
const GZIP_MAGIC = [0x1f, 0x8b] as const

/** The same bytes, unless they begin like gzip. */
async function* uncompressed(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  let first = true
  for await (const chunk of chunks) {
    if (first && chunk[0] === GZIP_MAGIC[0] && chunk[1] === GZIP_MAGIC[1]) {
      throw new CommandError('wrong_usage', `the input is gzip; use zcat ${file} | spendledger send -`)
    }
    first = false
    yield chunk
  }
}

/** @throws CommandError for a file that cannot be opened */
export async function openInput(io: Io, file: string): Promise<Input> {
  if (file === '-') return { chunks: uncompressed(io.stdin, 'FILE'), size: undefined, name: 'standard input' }
  try {
    const handle = await open(file)
    const stats = await handle.stat()
    if (stats.isDirectory()) {
      await handle.close()
      throw new Error('it is a directory')
    }
    return {
      chunks: uncompressed(handle.createReadStream({ highWaterMark: CHUNK_BYTES }), file),
      size: stats.isFile() ? stats.size : undefined,
      name: file,
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no such file' : message
    throw new CommandError('wrong_usage', `cannot read ${file}: ${reason}`, { cause: error })
  }
}
