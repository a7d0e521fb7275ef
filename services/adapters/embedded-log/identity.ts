// The log's name for ever. Positions and batch rows carry it, so a directory that was emptied and made again must not be taken
// for the one before.

import { randomUUID } from 'node:crypto'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Store } from './store.ts'

/** Reads the id of the log in `dir`, or gives it one. Throws when another version of spendledger wrote the directory. */
export async function identify(store: Store, dir: string): Promise<string> {
  const known = store.tables.log.get('identity')
  if (known) {
    if (known.format !== 1) throw new Error(`${dir} holds an event log of format ${known.format}, not 1`)
    return known.id
  }
  const id = randomUUID()
  await store.write(to => to.log.put('identity', { format: 1, id }))
  // The file is synced; its names in the directories above are not until these are synced too.
  await syncDirectory(dir)
  await syncDirectory(dirname(dir))
  return id
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
