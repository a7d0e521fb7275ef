// Where the engine's shared library is. It comes with npm, as a package for each platform; some platforms have none.
import { createRequire } from 'node:module'
import { StartError } from '../../native/start-error.ts'

/** What we have run it on. On the others it should work, and a start says that nobody has tried. */
const TESTED = ['linux-x64']
const BUILT = [...TESTED, 'linux-arm64', 'darwin-arm64', 'darwin-x64']

/** @throws StartError where the platform has no engine, or its package was left out of the installation. */
export function engineLibrary(): string {
  try {
    const { libchdbPath } = createRequire(import.meta.url)('chdb/libchdb') as typeof import('chdb/libchdb')
    return libchdbPath()
  } catch (cause) {
    const name = usesMusl() ? `${platform()} with musl` : platform()
    const reason = BUILT.includes(name)
      ? `The embedded ClickHouse engine for ${name} is not installed: run npm ci with optional dependencies`
      : `There is no embedded ClickHouse engine for ${name}`
    throw new StartError(`${reason}. Or set CLICKHOUSE_URL to use a ClickHouse server`, { cause })
  }
}

/** What a start says about the platform; undefined on those we test. */
export const platformWarning = (): string | undefined =>
  TESTED.includes(platform()) ? undefined : `The embedded ClickHouse engine is untested on ${platform()}`

const platform = (): string => `${process.platform}-${process.arch}`

/** The engine is linked to glibc; Alpine and its like have another C library. */
function usesMusl(): boolean {
  if (process.platform !== 'linux') return false
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime === undefined
}
