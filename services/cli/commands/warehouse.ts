// `spendledger warehouse`: only the embedded ClickHouse server, in the foreground.

import type { Io } from '../io.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export async function warehouse(io: Io, options: ConfigOption): Promise<void> {
  const config = await loadSettings(io, options)
  io.takeSignals()
  const { runWarehouse } = await import('../../embedded/warehouse.ts')
  await runWarehouse({ config })
}
