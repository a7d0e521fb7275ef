// TLS, logins and rights, and in which words one is told that they are missing.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import kafkajs from 'kafkajs'
import { needsOwnBroker, type SecureBroker, startBroker } from '../../support/broker.ts'
import { kafkaClient, uniqueName } from '../../support/kafka.ts'
import type { Login } from '../../support/secure-broker.ts'
import { eventually, numbers, openLog, readUntil, recordedLog, records, sorted, valuesOf } from './kit.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

const access = ({ brokers, ca }: SecureBroker, { username, password }: Login) => ({
  brokers,
  ssl: { ca },
  sasl: { mechanism: 'scram-sha-512' as const, username, password },
})

/** Allows it to the main user, and so to nobody else; with `seen`, the outsider may still see that it is there. */
async function reserve(
  broker: SecureBroker,
  resourceType: number,
  resourceName: string,
  options: { readonly seen?: boolean } = {},
): Promise<void> {
  const admin = kafkaClient({ brokers: [...broker.adminBrokers] }).admin()
  await admin.connect()
  const rule = {
    resourceType,
    resourceName,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    host: '*',
    permissionType: AclPermissionTypes.ALLOW,
  }
  const { ALL, DESCRIBE } = AclOperationTypes
  const rules = [{ ...rule, principal: `User:${broker.username}`, operation: ALL }]
  if (options.seen) {
    rules.push({ ...rule, principal: `User:${broker.outsider.username}`, operation: DESCRIBE })
  }
  await admin.createAcls({ acl: rules })
  await admin.disconnect()
}

/** A broker hears of a new rule a moment later. */
async function assertDenied(attempt: () => Promise<unknown>, as: object): Promise<void> {
  await eventually('it is denied', () =>
    attempt().then(
      () => false,
      () => true,
    ),
  )
  await assert.rejects(attempt, as)
}

describe('with a guarded broker', { ...needsOwnBroker(), timeout: 240_000 }, () => {
  test('no line shows a password, right or wrong, at the most talkative level', async t => {
    const broker = await startBroker(t, { sasl: true })
    const { log, lines } = recordedLog('trace')
    const own = access(broker, broker)
    for (const mechanism of ['plain', 'scram-sha-512'] as const) {
      const { log: opened } = await openLog(t, { ...own, log, sasl: { ...own.sasl, mechanism } })
      await opened.append(uniqueName('guarded'), records(0, 3))
      await opened.close()
      const wrong = { mechanism, username: broker.username, password: 'canary-5d2b' }
      await assert.rejects(openLog(t, { ...own, log, sasl: wrong }))
    }
    const all = JSON.stringify(lines)
    assert.ok(lines.length > 20)
    for (const secret of [broker.password, 'canary-5d2b']) {
      for (const form of [secret, Buffer.from(secret).toString('base64')]) assert.ok(!all.includes(form))
    }
  })

  test('who may is let in, who may not is told why, and an unknown certificate is named', async t => {
    const broker = await startBroker(t, { sasl: true })
    const topic = uniqueName('guarded')
    const own = access(broker, broker)
    const { log } = await openLog(t, own)
    await log.append(topic, records(0, 10))
    const { log: plain } = await openLog(t, { ...own, sasl: { ...own.sasl, mechanism: 'plain' } })
    const subscription = await plain.subscribe({ group: uniqueName('group'), topics: [topic] })
    const read = await readUntil(subscription, all => valuesOf(all).length === 10)
    assert.deepEqual(sorted(valuesOf(read)), numbers(0, 10))
    await plain.close()

    for (const mechanism of ['plain', 'scram-sha-512'] as const) {
      const sasl = { mechanism, username: broker.username, password: 'canary-wrong' }
      await assert.rejects(openLog(t, { ...own, sasl }), error => {
        const { code, message } = error as Error & { code: string }
        assert.equal(code, 'log_denied')
        assert.match(message, /wrong user or password/)
        assert.doesNotMatch(message, /canary/)
        return true
      })
    }
    await assert.rejects(openLog(t, { ...own, ssl: {} }), { code: 'log_unavailable', message: /certificate/ })
    await assert.rejects(openLog(t, { brokers: broker.brokers }), {
      code: 'log_unavailable',
      retryable: true,
    })

    const outsider = access(broker, broker.outsider)
    const onFatal: Error[] = []
    const { log: theirs } = await openLog(t, { ...outsider, onFatal: error => onFatal.push(error) })
    const group = uniqueName('group')
    await theirs.append(topic, records(10, 11))
    await theirs.subscribe({ group, topics: [topic] })
    const denied = uniqueName('denied')
    await reserve(broker, AclResourceTypes.GROUP, denied)
    const join = () => theirs.subscribe({ group: denied, topics: [topic] }).then(one => one.close())
    await assertDenied(join, { code: 'log_denied', message: /group/i })

    await reserve(broker, AclResourceTypes.GROUP, group)
    await eventually('the end for want of rights is told', () => onFatal.length > 0, 60_000)
    assert.equal(onFatal.length, 1)
    assert.match(String(onFatal[0]?.message), /GROUP_AUTHORIZATION_FAILED|not authorized/i)

    await reserve(broker, AclResourceTypes.TOPIC, topic)
    await assertDenied(() => theirs.append(topic, records(11, 12)), {
      code: 'log_unavailable',
      message: /TOPIC_AUTHORIZATION_FAILED/,
    })
    // Who may see one topic may still make it, unless neither it nor the cluster is open to all.
    const missing = uniqueName('missing')
    await reserve(broker, AclResourceTypes.TOPIC, missing, { seen: true })
    await reserve(broker, AclResourceTypes.CLUSTER, 'kafka-cluster')
    const open = () => openLog(t, { ...outsider, topics: [missing] }).then(({ log }) => log.close())
    await assertDenied(open, {
      code: 'log_denied',
      message: /does not exist and this user may not make it; run `spendledger migrate`/,
    })
    assert.equal(onFatal.length, 1)
    await theirs.close()
    await log.close()
  })
})
