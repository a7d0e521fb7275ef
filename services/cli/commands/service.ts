// `spendledger collector`, `consumer`, `aggregator`, `alerter`, `api`: one service as a process of its own. `--check` shows what
// it would run with and ends.

import type { Config, ServiceName } from '#platform/config.ts'
import { CommandError } from '../errors.ts'
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
 * Prints the configuration if that was asked for.
 * @throws CommandError if it holds what this version cannot act on
 */
export async function checkConfig(io: Io, config: Config, options: ServiceOptions): Promise<void> {
  if (options.check) {
    const { describeConfig } = await import('#platform/config-describe.ts')
    await print(io, describeConfig(config))
  }
  if (config.unsupported.length > 0) {
    throw new CommandError(
      'wrong_configuration',
      `${config.unsupported.join(', ')}: not supported yet, expected to be unset`,
    )
  }
}
