// One set of variables serves every language: each example logs in to a guarded broker by the names of docs/configuration.md.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { needsOwnBroker, startBroker } from '../support/broker.ts'
import { createTopic, kafkaClient, uniqueName } from '../support/kafka.ts'
import { scratchDirectory } from '../support/ledger-process.ts'
import { javaPublisher, pythonPublisher, typescriptPublisher } from './publishers.ts'

test('the examples by TLS, with a password', needsOwnBroker(), async t => {
  const directory = await scratchDirectory(t)
  const broker = await startBroker(t, { sasl: true })
  const [ca, passwordFile] = [join(directory, 'ca.pem'), join(directory, 'password')]
  await writeFile(ca, broker.ca)
  await writeFile(passwordFile, `${broker.password}\n`)
  const kafka = kafkaClient({ brokers: [...broker.adminBrokers] })
  const topic = await createTopic(t, uniqueName('secure'), { kafka })
  const environment = {
    KAFKA_BROKERS: broker.brokers.join(','),
    KAFKA_TOPIC: topic,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA: ca,
    KAFKA_SASL_USERNAME: broker.username,
  }
  const logins: NodeJS.ProcessEnv[] = [
    { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: broker.password },
    { KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_PASSWORD_FILE: passwordFile },
  ]

  for (const prepare of [pythonPublisher, javaPublisher, typescriptPublisher]) {
    const { need, publisher } = await prepare()
    for (const login of logins) {
      await t.test(`${publisher.language}, ${login['KAFKA_SASL_MECHANISM']}`, need, async () => {
        const { code, stdout, stderr } = await publisher.run([], { env: { ...environment, ...login } })
        assert.equal(code, 0, stderr)
        assert.deepEqual(JSON.parse(stdout), { acknowledged: 3, failed: 0 })
      })
    }
  }
})
