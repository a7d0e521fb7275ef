// A pseudo-terminal: a program that reads its input from one believes that a person sits at the other end.
import { constants, openSync } from 'node:fs'
import type { Libc } from './libc.ts'

/** File descriptors of both ends: what is written to the master is typed at the terminal. */
export interface Pty {
  readonly master: number
  readonly terminal: number
}

/** @throws Error when the system has no pseudo-terminal left. */
export function openPty(libc: Libc): Pty {
  const flags = constants.O_RDWR | constants.O_NOCTTY
  const { value: master, errno } = libc.call('posix_openpt', flags)
  if (master < 0) throw new Error(`No pseudo-terminal: posix_openpt failed with errno ${errno}`)
  for (const step of ['grantpt', 'unlockpt']) {
    const result = libc.call(step, master)
    if (result.value !== 0) throw new Error(`No pseudo-terminal: ${step} failed with errno ${result.errno}`)
  }
  return { master, terminal: openSync(libc.callForText('ptsname', master), flags) }
}
