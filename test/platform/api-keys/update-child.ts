// Adds keys to a file, one after the other: `update-child.ts FILE COUNT`. Prints their ids.

import { updateKeys } from '#platform/api-keys/update.ts'
import { newKey } from './kit.ts'

const [file = '', count = ''] = process.argv.slice(2)
for (let i = 0; i < Number(count); i++) {
  const { record } = newKey()
  await updateKeys(file, keys => [...keys, record])
  console.log(record.id)
}
