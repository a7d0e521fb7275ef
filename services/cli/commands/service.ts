// `spendledger collector`, `consumer`, `aggregator`, `alerter`, `api`: one service as a process of its own. `--check` shows what
// it would run with and ends.

import type { Config, ServiceName } from '#platform/config.ts'
import { type Io, print } from '../io.ts'
import type { ConfigOption } from '../settings.ts'

export interface ServiceOptions extends ConfigOption {
  readonly check?: boolean
}

export type Service = Exclude<ServiceName, 'embedded'>

/** Each resolves once its service runs, or once a signal ended the start. */
const RUN: Readonly<Record<Service, (config: Config) => Promise<void>>> = {
  collector: async config => (await import('../../collector/main.ts')).runCollector({ config }),
  consumer: async config => (await import('../../consumer/main.ts')).runConsumer({ config }),
  aggregator: async config => (await import('../../aggregator/main.ts')).runAggregator({ config }),
  alerter: async config => (await import('../../alerter/main.ts')).runAlerter({ config }),
  api: async config => (await import('../../api/main.ts')).runApi({ config }),
}

export async function service(io: Io, name: Service, options: ServiceOptions): Promise<void> {
  const { loadConfig } = await import('#platform/config.ts')
  const config = loadConfig({ env: io.env, service: name, file: options.config })
  await checkConfig(io, config, options)
  if (options.check) return
  io.takeSignals()
  await RUN[name](config)
}

/**
 * Prints the configuration if that was asked for, and checks what a start would read.
 * @throws ConfigError about own prices
 */
export async function checkConfig(io: Io, config: Config, options: ServiceOptions): Promise<void> {
  if (options.check) {
    const { describeConfig } = await import('#platform/config-describe.ts')
    await print(io, describeConfig(config))
    const { readPricing } = await import('#platform/price-books.ts')
    await readPricing(config.prices)
  }
}
