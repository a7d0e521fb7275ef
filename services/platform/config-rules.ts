// Rules between settings: combinations that would be unsafe, or that would silently do nothing.

import type { Complaint } from './config-error.ts'
import { isLoopback } from './http-host.ts'
import {
  SETTINGS,
  type ServiceName,
  type SettingKey,
  type SettingName,
  type SettingValues,
} from './settings.ts'

const KAFKA_ONLY = [
  'kafkaSsl',
  'kafkaSslCa',
  'kafkaSaslMechanism',
  'kafkaSaslUsername',
  'kafkaSaslPassword',
] as const
const SASL = ['kafkaSaslMechanism', 'kafkaSaslUsername', 'kafkaSaslPassword'] as const
const PORTS = ['port', 'sqlPort', 'sqlNativePort'] as const

/** Services that are nothing without a log which other processes reach too. */
const LOG_IS_SHARED: ReadonlySet<ServiceName> = new Set(['collector', 'consumer'])

/**
 * Complains about settings that do not go together.
 *
 * @param values without those that failed on their own
 * @param given the settings that were given, valid or not
 */
export function checkTogether(
  service: ServiceName,
  values: Partial<SettingValues>,
  given: ReadonlySet<SettingKey>,
): Complaint[] {
  const complaints: Complaint[] = []
  const complain = (key: SettingKey, message: string) =>
    complaints.push({ setting: SETTINGS[key].env, message })
  const name = (key: SettingKey): SettingName => SETTINGS[key].env

  if (values.host !== undefined && !isLoopback(values.host) && !given.has('apiKeysFile')) {
    complain(
      'host',
      `got ${values.host}, expected a loopback address: anybody who reaches another one could write and read without ${name('apiKeysFile')}`,
    )
  }

  if (LOG_IS_SHARED.has(service) && !given.has('kafkaBrokers')) {
    complain(
      'kafkaBrokers',
      `is unset, expected the brokers: the embedded event log serves one process, \`spendledger up\`, not a ${service} of its own`,
    )
  }
  if (given.has('clickhouseSslCa') && !given.has('clickhouseUrl')) {
    complain('clickhouseSslCa', `does nothing without ${name('clickhouseUrl')}, expected both or none`)
  }
  if (given.has('kafkaSslCa') && values.kafkaSsl === false) {
    complain('kafkaSslCa', `does nothing while ${name('kafkaSsl')} is false, expected true`)
  }
  for (const key of KAFKA_ONLY) {
    if (given.has(key) && !given.has('kafkaBrokers')) {
      complain(key, `does nothing without ${name('kafkaBrokers')}, expected both or none`)
    }
  }
  const missing = SASL.filter(key => !given.has(key))
  if (missing.length > 0 && missing.length < SASL.length) {
    for (const key of missing) complain(key, `is unset, expected ${SASL.map(name).join(', ')} together`)
  }
  if (values.kafkaTopic !== undefined && values.kafkaTopic === values.kafkaDlqTopic) {
    complain(
      'kafkaDlqTopic',
      `got ${values.kafkaDlqTopic}, expected another topic than ${name('kafkaTopic')}`,
    )
  }

  const ports = new Map<number, SettingKey>()
  for (const key of PORTS) {
    const port = values[key]
    if (!port) continue
    const other = ports.get(port)
    if (other) complain(key, `got ${port}, expected another port than ${name(other)}`)
    else ports.set(port, key)
  }
  return complaints
}
