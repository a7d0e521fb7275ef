// `spendledger migrate`: brings the warehouse to the newest schema.

import { type Io, print } from '../io.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export async function migrate(io: Io, options: ConfigOption): Promise<void> {
  const config = await loadSettings(io, options)
  const { migrateWarehouse } = await import('../../embedded/warehouse.ts')
  const applied = await migrateWarehouse(config)
  await print(io, applied.length === 0 ? 'the schema is the newest already' : applied.join('\n'))
}
