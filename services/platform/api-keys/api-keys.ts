// The keys that a server asks for, as the file says now. The file is looked at every second, so that a revoked key is dead within
// one. A file that has become unreadable changes nothing: locking everybody out would lose spend.

import type { Clock } from '#ports/clock.ts'
import { versionOf } from '../file-version.ts'
import { type Logger, rateLimited } from '../log.ts'
import { asConfigError, type KeyRecord, KeysFileError, readKeys } from './file.ts'
import { type Budget, type Cost, createBudget, DEFAULT_LIMITS, type Limits } from './limits.ts'
import type { Pins } from './pins.ts'
import { isAllowed, type Scope } from './scopes.ts'
import { createVerifier, type Failure, type Verify } from './verifier.ts'

/** A key that a request has proved to hold. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly pinned: Pins
  /** Whether one of these scopes is its own. */
  allows(needed: readonly Scope[]): boolean
  /** @throws LedgerError `rate_limited` while it has sent more than its limit */
  checkLimits(): void
  /** The same, and takes what a request costs. @throws LedgerError `rate_limited`: nothing is taken */
  take(cost: Cost): void
}

export type Verified =
  | { readonly ok: true; readonly key: ApiKey }
  | { readonly ok: false; readonly reason: Failure }

export interface ApiKeys {
  /** @param presented what stands behind `Bearer` */
  verify(presented: string): Verified
  /** Stops looking at the file. */
  close(): void
}

export interface ApiKeysOptions {
  readonly file: string
  readonly log: Logger
  readonly clock: Clock
  /** ms between looks at the file; default 1 s. */
  readonly pollMs?: number
}

const POLL_MS = 1_000

/** ms between log lines about the same trouble with the file. */
const QUIET = 60_000

/** @throws ConfigError when the file cannot be read or is not valid */
export function openApiKeys({ file, log, clock, pollMs = POLL_MS }: ApiKeysOptions): ApiKeys {
  const complain = rateLimited(log, QUIET, clock)
  const budgets = new Map<string, Budget>()
  let verify: Verify
  let seen = ''

  function load(): number {
    // Before the file is read: what is written in between is seen at the next look.
    seen = versionOf(file)
    const records = readKeys(file)
    for (const record of records) budgets.get(record.id)?.setLimits(limitsOf(record))
    verify = createVerifier(records)
    return records.filter(({ revoked_at }) => revoked_at === undefined).length
  }

  function reload(): void {
    try {
      if (versionOf(file) === seen) return
      log.info({ keys: load() }, 'read the API keys again')
    } catch (error) {
      complain.error(
        'api keys',
        { file, reason: reasonOf(error) },
        'cannot read the API keys again; those from before stay in force',
      )
    }
  }

  function budgetOf(record: KeyRecord): Budget {
    const budget = budgets.get(record.id) ?? createBudget(limitsOf(record), () => clock.now())
    budgets.set(record.id, budget)
    return budget
  }

  function keyOf(record: KeyRecord): ApiKey {
    const { id, name, pinned = {}, scopes } = record
    const budget = budgetOf(record)
    return {
      id,
      name,
      pinned,
      allows: needed => isAllowed(scopes, needed),
      checkLimits: budget.check,
      take: budget.take,
    }
  }

  try {
    load()
  } catch (error) {
    throw asConfigError(file, complaintsOf(error))
  }
  const timer = setInterval(reload, pollMs).unref()

  return {
    verify(presented) {
      const verdict = verify(presented)
      return verdict.ok ? { ok: true, key: keyOf(verdict.record) } : verdict
    },
    close: () => clearInterval(timer),
  }
}

const limitsOf = ({ limits = {} }: KeyRecord): Limits => ({
  events_per_minute: limits.events_per_minute ?? DEFAULT_LIMITS.events_per_minute,
  bytes_per_minute: limits.bytes_per_minute ?? DEFAULT_LIMITS.bytes_per_minute,
})

/** What is wrong with the file; errors of node:fs by their code, which says enough. */
function complaintsOf(error: unknown): readonly string[] {
  if (error instanceof KeysFileError) return error.complaints
  const { code, message } = error as NodeJS.ErrnoException
  return [code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code ?? message})`]
}

const reasonOf = (error: unknown): string => complaintsOf(error).join('; ')
