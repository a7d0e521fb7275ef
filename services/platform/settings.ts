// Every setting there is: its names, its default and what it means. docs/configuration.md is held to this table by a test.
// Names are a promise to other people's scripts: add freely, rename never.

import { LOG_FORMATS, LOG_LEVELS } from './log.ts'
import {
  brokers,
  databaseUrl,
  directory,
  file,
  flag,
  group,
  host,
  integer,
  type Kind,
  oneOf,
  port,
  portOrOff,
  secret,
  secretAddress,
  text,
  timeZone,
  topic,
  url,
} from './setting-kinds.ts'

/** The services, each with the port of its own process; embedded is all of them in one. */
export const SERVICE_PORTS = {
  embedded: 4318,
  collector: 4318,
  api: 4320,
  consumer: 4321,
  aggregator: 4322,
  alerter: 4323,
} as const

export type ServiceName = keyof typeof SERVICE_PORTS

export interface Setting<T, E extends string = string> {
  readonly env: E
  /** Where it stands in spendledger.yaml. */
  readonly yaml: string
  readonly kind: Kind<T>
  /** As one would write it; undefined where a setting may be absent. */
  readonly default: string | undefined
  readonly doc: string
}

const setting = <T, const E extends string>(definition: Setting<T, E> & { readonly default: string }) =>
  definition

/** A setting that may be absent. */
const optional = <T, const E extends string>(
  definition: Omit<Setting<T, E>, 'default'>,
): Setting<T | undefined, E> => ({
  ...definition,
  kind: definition.kind as Kind<T | undefined>,
  default: undefined,
})

export const SETTINGS = {
  host: setting({
    env: 'SPENDLEDGER_HOST',
    yaml: 'host',
    kind: host,
    default: '127.0.0.1',
    doc: 'The address to listen on. Any other than loopback needs `SPENDLEDGER_API_KEYS_FILE`.',
  }),
  port: setting({
    env: 'SPENDLEDGER_PORT',
    yaml: 'port',
    kind: port,
    default: String(SERVICE_PORTS.embedded),
    doc: 'The port to listen on. As own processes: collector 4318, api 4320, consumer 4321, aggregator 4322, alerter 4323.',
  }),
  dataDir: setting({
    env: 'SPENDLEDGER_DATA_DIR',
    yaml: 'data_dir',
    kind: directory,
    default: './data',
    doc: 'Directory of the embedded event log and warehouse, and of `reader.password`.',
  }),
  eventLogMaxBytes: setting({
    env: 'SPENDLEDGER_LOG_MAX_BYTES',
    yaml: 'event_log.max_bytes',
    kind: integer(2 ** 20, 2 ** 50),
    default: String(8 * 2 ** 30), // 8 GiB
    doc: 'Bytes that the embedded event log may take on disk (8 GiB). A log full of unread events answers 503.',
  }),
  eventLogRetentionHours: setting({
    env: 'SPENDLEDGER_LOG_RETENTION_HOURS',
    yaml: 'event_log.retention_hours',
    kind: integer(1, 87_600),
    default: '168', // a week
    doc: 'Hours that the embedded event log keeps events which are already stored, for replays. Unread events stay.',
  }),
  sqlPort: setting({
    env: 'SPENDLEDGER_SQL_PORT',
    yaml: 'sql.port',
    kind: port,
    default: '18123',
    doc: 'HTTP port of the embedded ClickHouse, on loopback; user `reader`.',
  }),
  sqlNativePort: setting({
    env: 'SPENDLEDGER_SQL_NATIVE_PORT',
    yaml: 'sql.native_port',
    kind: portOrOff,
    default: 'off',
    doc: 'Native protocol port of the embedded ClickHouse, on loopback, for clients that do not speak HTTP.',
  }),
  kafkaBrokers: optional({
    env: 'KAFKA_BROKERS',
    yaml: 'kafka.brokers',
    kind: brokers,
    doc: 'Kafka brokers, `host:port`, separated by commas. Unset: the embedded event log.',
  }),
  kafkaTopic: setting({
    env: 'KAFKA_TOPIC',
    yaml: 'kafka.topic',
    kind: topic,
    default: 'llm.usage.v1',
    doc: 'Topic of usage events.',
  }),
  kafkaDlqTopic: setting({
    env: 'KAFKA_DLQ_TOPIC',
    yaml: 'kafka.dlq_topic',
    kind: topic,
    default: 'llm.usage.v1.dead',
    doc: 'Topic of refused events, with the reason and the bytes.',
  }),
  kafkaGroupId: setting({
    env: 'KAFKA_GROUP_ID',
    yaml: 'kafka.group_id',
    kind: group,
    default: 'spendledger-consumer',
    doc: 'Consumer group of the consumer. A new one reads again all that the log still keeps.',
  }),
  kafkaPartitions: setting({
    env: 'KAFKA_PARTITIONS',
    yaml: 'kafka.partitions',
    kind: integer(1, 10_000),
    default: '6',
    doc: 'Partitions of topics that spendledger creates: as many consumers can share the work.',
  }),
  kafkaSsl: setting({
    env: 'KAFKA_SSL',
    yaml: 'kafka.ssl',
    kind: flag,
    default: 'false',
    doc: 'Whether brokers are reached by TLS.',
  }),
  kafkaSslCa: optional({
    env: 'KAFKA_SSL_CA',
    yaml: 'kafka.ssl_ca',
    kind: file,
    doc: 'Certificates (PEM) that brokers are checked against, besides those that Node trusts.',
  }),
  kafkaSaslMechanism: optional({
    env: 'KAFKA_SASL_MECHANISM',
    yaml: 'kafka.sasl.mechanism',
    kind: oneOf(['plain', 'scram-sha-256', 'scram-sha-512']),
    doc: '`plain`, `scram-sha-256` or `scram-sha-512`.',
  }),
  kafkaSaslUsername: optional({
    env: 'KAFKA_SASL_USERNAME',
    yaml: 'kafka.sasl.username',
    kind: text(255),
    doc: 'User of the brokers.',
  }),
  kafkaSaslPassword: optional({
    env: 'KAFKA_SASL_PASSWORD',
    yaml: 'kafka.sasl.password',
    kind: secret,
    doc: 'Password of that user.',
  }),
  clickhouseUrl: optional({
    env: 'CLICKHOUSE_URL',
    yaml: 'clickhouse.url',
    kind: databaseUrl,
    doc: '`http(s)://user:password@host:8123/spendledger`. Unset: the embedded ClickHouse.',
  }),
  clickhouseSslCa: optional({
    env: 'CLICKHOUSE_SSL_CA',
    yaml: 'clickhouse.ssl_ca',
    kind: file,
    doc: 'Certificates (PEM) that the ClickHouse server is checked against, instead of those that Node trusts.',
  }),
  apiKeysFile: optional({
    env: 'SPENDLEDGER_API_KEYS_FILE',
    yaml: 'api_keys_file',
    kind: file,
    doc: 'File of hashed API keys; needed to listen on anything but loopback.',
  }),
  url: setting({
    env: 'SPENDLEDGER_URL',
    yaml: 'client.url',
    kind: url,
    default: 'http://127.0.0.1:4318',
    doc: 'The spendledger that commands and SDK talk to.',
  }),
  apiKey: optional({
    env: 'SPENDLEDGER_API_KEY',
    yaml: 'client.api_key',
    kind: secret,
    doc: 'The key that commands and SDK send.',
  }),
  timezone: setting({
    env: 'SPENDLEDGER_TIMEZONE',
    yaml: 'timezone',
    kind: timeZone,
    default: 'UTC',
    doc: 'Time zone of answers and budgets that name none (IANA name).',
  }),
  rawRetentionDays: setting({
    env: 'SPENDLEDGER_RAW_RETENTION_DAYS',
    yaml: 'raw_retention_days',
    kind: integer(1, 36_500),
    default: '400',
    doc: 'Days that single events are kept. Rollups are kept for ever.',
  }),
  prices: optional({
    env: 'SPENDLEDGER_PRICES',
    yaml: 'prices',
    kind: file,
    doc: 'Your own prices (JSON or YAML): a file that is laid over the price book, read again when it changes.',
  }),
  slackWebhookUrl: optional({
    env: 'SLACK_WEBHOOK_URL',
    yaml: 'slack.webhook_url',
    kind: secretAddress,
    doc: 'Slack webhook of the default route for alerts.',
  }),
  pagerdutyRoutingKey: optional({
    env: 'PAGERDUTY_ROUTING_KEY',
    yaml: 'pagerduty.routing_key',
    kind: secret,
    doc: 'PagerDuty integration key of the default route for alerts.',
  }),
  alertWebhookUrl: optional({
    env: 'ALERT_WEBHOOK_URL',
    yaml: 'alerts.webhook_url',
    kind: secretAddress,
    doc: 'Webhook of the default route for alerts.',
  }),
  logLevel: setting({
    env: 'LOG_LEVEL',
    yaml: 'log.level',
    kind: oneOf(LOG_LEVELS),
    default: 'info',
    doc: '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. Requests are logged at `debug`.',
  }),
  logFormat: setting({
    env: 'LOG_FORMAT',
    yaml: 'log.format',
    kind: oneOf(LOG_FORMATS),
    default: 'auto',
    doc: '`json`, `pretty`, or `auto`: pretty on a terminal. Logs go to standard error.',
  }),
} as const

export type SettingKey = keyof typeof SETTINGS

/** The value of a setting, checked. */
export type SettingValue<K extends SettingKey> =
  (typeof SETTINGS)[K] extends Setting<infer T, string> ? T : never

export type SettingValues = { readonly [K in SettingKey]: SettingValue<K> }

/** The environment variable of a setting. */
export type SettingName = (typeof SETTINGS)[SettingKey]['env']

export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[]

export const ALL_SETTINGS: readonly Setting<unknown>[] = Object.values(SETTINGS)
