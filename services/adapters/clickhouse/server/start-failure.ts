// Turns the engine's reasons for not starting into sentences with a way out: which port or directory, held by whom, and
// what to set.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeProcess } from '#platform/describe-process.ts'
import { portHolder } from '#platform/port-holder.ts'
import { StartError } from '../../native/start-error.ts'
import type { EngineStart } from './engine.ts'
import { logDirectory, storeDirectory } from './launch.ts'

/** Error numbers of ClickHouse. */
const CANNOT_OPEN_FILE = 76
const NETWORK_ERROR = 210

export type Failure = Extract<EngineStart, { kind: 'failed' }>

/** Another engine has the directory, perhaps one that is about to end: worth waiting for. */
export const directoryInUse = (failure: Failure): boolean =>
  failure.code === CANNOT_OPEN_FILE && failure.detail.includes('Cannot lock file')

export interface FailureContext {
  readonly directory: string
  readonly httpPort: number
  readonly nativePort: number | undefined
}

export function startError(failure: Failure, context: FailureContext): StartError {
  if (directoryInUse(failure)) return new StartError(inUse(context.directory))
  if (failure.code === NETWORK_ERROR && failure.detail.includes('Address already in use')) {
    return new StartError(portTaken(failure.detail, context))
  }
  const log = join(logDirectory(context.directory), 'clickhouse.err.log')
  return new StartError(`The warehouse engine did not start: ${failure.detail} (its log: ${log})`)
}

/** The engine notes its process in a file beside its data. */
function inUse(directory: string): string {
  let status = ''
  try {
    status = readFileSync(join(storeDirectory(directory), 'status'), 'utf8')
  } catch {
    // Gone or unreadable: the sentence does without.
  }
  const pid = /^PID: (\d+)$/m.exec(status)?.[1]
  const holder = pid ? `the engine ${describeProcess(Number(pid))}` : 'another engine'
  return `${directory} is in use by ${holder}. Stop it, or set SPENDLEDGER_DATA_DIR to another directory`
}

function portTaken(detail: string, { httpPort, nativePort }: FailureContext): string {
  const native = nativePort !== undefined && detail.includes(`:${nativePort}`)
  const port = native ? nativePort : httpPort
  const variable = native ? 'SPENDLEDGER_SQL_NATIVE_PORT' : 'SPENDLEDGER_SQL_PORT'
  const holder = portHolder(port)
  return `Port ${port} is taken${holder ? ` by ${holder}` : ''}. Set ${variable} to another port`
}
