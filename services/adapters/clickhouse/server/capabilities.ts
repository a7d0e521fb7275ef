// Takes root's power over file modes away from the engine: with it, a mode keeps nobody from anything, and SQL opens what
// pipes.ts has sealed. Without effect for other users, who have no such power.
//
// https://man7.org/linux/man-pages/man7/capabilities.7.html, https://man7.org/linux/man-pages/man2/capset.2.html
import type { Libc } from '../../native/libc.ts'

const VERSION_3 = 0x20080522
const CAP_DAC_OVERRIDE = 1
const CAP_DAC_READ_SEARCH = 2
const DROPPED = (1 << CAP_DAC_OVERRIDE) | (1 << CAP_DAC_READ_SEARCH)

/** Effective, permitted and inheritable, each in two words of 32 bits: the lower ones come first. */
const SETS_BYTES = 24
const LOWER_WORDS = [0, 4, 8]

/**
 * For the pool thread and all threads that it starts.
 *
 * @throws Error when the kernel refuses
 */
export async function dropFileCapabilities(libc: Libc): Promise<void> {
  // The second word is the thread: 0 is the one that calls.
  const header = Buffer.alloc(8)
  header.writeUInt32LE(VERSION_3)
  const sets = Buffer.alloc(SETS_BYTES)
  async function call(name: string): Promise<void> {
    const { value, errno } = await libc.callOnPool(name, header, sets)
    if (value !== 0) throw new Error(`${name} failed with errno ${errno}`)
  }
  await call('capget')
  for (const word of LOWER_WORDS) sets.writeUInt32LE((sets.readUInt32LE(word) & ~DROPPED) >>> 0, word)
  await call('capset')
}
