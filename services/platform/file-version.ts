// Whether a file may have changed. A look at its status works for renamed files and for the symbolic links of Kubernetes secrets
// and config maps, where a watch does not.

import { statSync } from 'node:fs'

/** Differs whenever another content may stand in the file; follows links. Throws what node:fs throws. */
export function versionOf(file: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
  return [dev, ino, size, mtimeNs, ctimeNs].join()
}
