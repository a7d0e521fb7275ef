// The sandbox: Linux's Landlock takes the file system and outgoing connections away from the engine, but for what it needs.
// Without it every SQL account reads any file of the OS user, because the scalar function file() needs no grant in this
// engine and ignores its directory setting. Landlock binds the calling thread and all threads and processes it starts.
//
// System calls, rights and versions: https://docs.kernel.org/userspace-api/landlock.html
import { closeSync, constants, existsSync, openSync, statSync } from 'node:fs'
import type { Argument, Libc } from '../../native/libc.ts'

/** write: files may be made, extended, renamed and removed, not read. */
export type Access = 'read' | 'write' | 'read-write'

export interface SandboxRule {
  /** A directory with all that is in it, or a file. Paths that do not exist are left out. */
  readonly path: string
  readonly access: Access
}

// System call numbers are the same on x64 and arm64.
const CREATE_RULESET = 444
const ADD_RULE = 445
const RESTRICT_SELF = 446
const VERSION_FLAG = 1
const RULE_PATH_BENEATH = 1
const PR_SET_NO_NEW_PRIVS = 38

/** open(2): a handle on a file that reads and writes nothing. */
export const O_PATH = 0o10000000

/** LANDLOCK_ACCESS_FS_*, by bit. */
const bit = (position: number): bigint => 1n << BigInt(position)
const EXECUTE = bit(0)
const WRITE_FILE = bit(1)
const READ_FILE = bit(2)
const READ_DIR = bit(3)
const SPECIAL_FILES = bit(6) | bit(9) | bit(10) | bit(11)
const TRUNCATE = bit(14)
const IOCTL_DEV = bit(15)
const CONNECT_TCP = bit(1)

/** Rights that make sense for a file; the kernel refuses others in the rule of one. */
const FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

/** How many rights of the file system each version knows; asking for more is an error. */
function knownRights(abi: number): bigint {
  const count = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13
  return bit(count) - 1n
}

/** The first version that can forbid outgoing TCP connections (Linux 6.7). */
export const ABI_WITH_NETWORK = 4

/**
 * Restricts the pool thread, which must be the only one and the one that starts the engine. There is no way back.
 *
 * @returns Landlock's version in the kernel, or 0 if there is none and nothing is restricted
 * @throws Error when the kernel has Landlock and refuses the rules, or does not keep to them
 */
export async function restrictPool(libc: Libc, rules: readonly SandboxRule[]): Promise<number> {
  const { value: abi } = await libc.callOnPool('syscall', CREATE_RULESET, 0, 0, VERSION_FLAG)
  if (abi < 1) return 0

  async function call(name: string, ...args: readonly Argument[]): Promise<number> {
    const { value, errno } = await libc.callOnPool(name, ...args)
    if (value < 0) throw new Error(`Landlock refused ${name}(${args[0]}): errno ${errno}`)
    return value
  }

  const handled = knownRights(abi)
  const attributes = Buffer.alloc(abi >= ABI_WITH_NETWORK ? 16 : 8)
  attributes.writeBigUInt64LE(handled, 0)
  // No rule ever allows a connection, so there is none.
  if (abi >= ABI_WITH_NETWORK) attributes.writeBigUInt64LE(CONNECT_TCP, 8)
  const ruleset = await call('syscall', CREATE_RULESET, attributes, attributes.length, 0)

  for (const { path, access } of rules.filter(rule => existsSync(rule.path))) {
    const rights = rightsFor(access) & handled & (statSync(path).isDirectory() ? handled : FILE_RIGHTS)
    const fd = openSync(path, O_PATH)
    const rule = Buffer.alloc(12)
    rule.writeBigUInt64LE(rights, 0)
    rule.writeInt32LE(fd, 8)
    await call('syscall', ADD_RULE, ruleset, RULE_PATH_BENEATH, rule, 0)
    closeSync(fd)
  }

  await call('prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
  await call('syscall', RESTRICT_SELF, ruleset, 0)
  closeSync(ruleset)

  // A sandbox that silently does nothing looks like one that works: Node's own binary must now be out of reach.
  const probe = await libc.callOnPool('open', Buffer.from(`${process.execPath}\0`), constants.O_RDONLY)
  if (probe.value >= 0) throw new Error('Landlock took the rules and does not enforce them')
  return abi
}

function rightsFor(access: Access): bigint {
  const read = READ_FILE | READ_DIR
  const write = (bit(16) - 1n) & ~(read | EXECUTE | SPECIAL_FILES)
  return access === 'read' ? read : access === 'write' ? write | READ_DIR : read | write
}
