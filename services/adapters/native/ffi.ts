// The door to native code: ffi-rs, loaded when first needed, because it has a binary for some platforms only.
// A wrong signature in what is called through here is not an exception but a crash of the process.
import { createRequire } from 'node:module'
import { StartError } from './start-error.ts'

export type Ffi = typeof import('ffi-rs')

/** @throws StartError where ffi-rs has no binary for this platform. */
export function loadFfi(): Ffi {
  try {
    return createRequire(import.meta.url)('ffi-rs') as Ffi
  } catch (cause) {
    throw new StartError(
      `ffi-rs has no usable binary for ${process.platform} ${process.arch}, and the embedded log and warehouse ` +
        'need one. Set KAFKA_BROKERS and CLICKHOUSE_URL to run without them',
      { cause },
    )
  }
}
