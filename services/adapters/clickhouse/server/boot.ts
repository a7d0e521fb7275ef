// What the parent tells the child that becomes the engine: one value in the environment, so that a process list shows no
// more than the child's file.
import type { SandboxRule } from './landlock.ts'

export const BOOT_VARIABLE = 'SPENDLEDGER_ENGINE'

export interface Boot {
  /** The engine's shared library. */
  readonly library: string
  /** The engine's command line, as clickhouse-local takes it. */
  readonly argv: readonly string[]
  /** None means no sandbox. */
  readonly sandbox: readonly SandboxRule[] | null
  /** ms between the end of the lifeline and a hard end. */
  readonly graceMs: number
  /** Exists while the engine starts. */
  readonly runDir: string
}

/**
 * The line on standard output by which the child says which Landlock it found. On standard output, because there it comes
 * before the engine's prompt however late the parent reads.
 */
export const sandboxLine = (abi: number): string => `spendledger: landlock abi ${abi}\n`

/** The version from a child's standard output; undefined when it did not say, because there is no sandbox. */
export function sandboxVersion(stdout: string): number | undefined {
  const found = /^spendledger: landlock abi (\d+)$/m.exec(stdout)
  return found ? Number(found[1]) : undefined
}
