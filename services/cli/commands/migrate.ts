// `spendledger migrate`: brings the warehouse to the newest schema and makes the topics; services of a cluster wait for it.

import { type Io, print } from '../io.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export interface MigrateOptions extends ConfigOption {
  /** Seconds that warehouse and brokers may take to come up. */
  readonly wait: number
}

export async function migrate(io: Io, options: MigrateOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const { migrateAll } = await import('../../embedded/migrate.ts')
  const { warehouse, applied, sequence, topics } = await migrateAll(config, options.wait * 1_000)
  const schema = applied.length === 0 ? 'the schema is the newest already' : `applied ${applied.join(', ')}`
  const where = config.clickhouseUrl ? warehouse : `the embedded ${warehouse}, in ${config.dataDir}`
  await print(io, `${where}: ${schema}; the price book is number ${sequence}`)
  if (topics.length > 0) await print(io, `Kafka at ${config.kafkaBrokers}: topics ${topics.join(', ')}`)
}
