import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLeadership } from '#adapters/kafka/leadership.ts'
import { LedgerError } from '#core/errors.ts'
import { systemClock } from '#ports/clock.ts'
import { needsKafka, uniqueName } from '../../support/kafka.ts'
import { startLeader } from './child.ts'
import { eventually, loud, openLog, recordedLog } from './kit.ts'

const need = await needsKafka()

describe('of several that may do a job', { ...need, concurrency: true, timeout: 120_000 }, () => {
  test('one leads, the others do not, and it hands over when it closes', async t => {
    const deployment = uniqueName('deployment')
    const { log: one } = await openLog(t, { deployment })
    const { log: two } = await openLog(t, { deployment })
    const contenders = [one.lead('job'), two.lead('job'), two.lead('job')]
    const leaders = () => contenders.filter(contender => contender.isLeader())
    await eventually('one leads', () => leaders().length === 1)
    const [leader] = leaders()
    for (let look = 0; look < 10; look++) {
      await sleep(200)
      assert.ok(leaders().length <= 1, 'never two')
    }
    await leader?.close()
    await leader?.close()
    assert.equal(leader?.isLeader(), false)
    await eventually('another leads', () => leaders().length === 1)
  })

  test('each job has its own', async t => {
    const { log } = await openLog(t)
    const jobs = [log.lead('aggregate'), log.lead('alert')]
    await eventually('both lead', () => jobs.every(job => job.isLeader()))
  })

  test('one takes over from a process that was killed', async t => {
    const deployment = uniqueName('deployment')
    const child = startLeader(t, { deployment, job: 'job' })
    await child.says('leads', 60_000)
    const { log } = await openLog(t, { deployment })
    const follower = log.lead('job')
    for (let look = 0; look < 40; look++) {
      await sleep(200)
      assert.equal(follower.isLeader(), false, 'who leads goes on leading when others join')
    }
    child.process.kill('SIGKILL')
    await eventually('the follower leads', () => follower.isLeader(), 40_000)
  })

  test('closing at once, before anybody leads, is fine', async t => {
    const { log } = await openLog(t)
    const leadership = log.lead('job')
    await leadership.close()
    assert.equal(leadership.isLeader(), false)
  })
})

test('without its topic nobody leads, and that is said once', async t => {
  const { log, lines } = recordedLog()
  let attempts = 0
  const unused = (): never => {
    throw new Error('not before there is a topic')
  }
  const leadership = createLeadership({
    kafka: unused,
    view: { describe: unused, topics: unused, checkGroup: unused, close: unused },
    topics: {
      async ensure() {
        attempts += 1
        throw new LedgerError('log_denied', 'no topic')
      },
    },
    group: 'ledger-job',
    log,
    clock: systemClock,
  })
  t.after(() => leadership.close())
  await eventually('it is tried again', () => attempts === 2)
  assert.equal(leadership.isLeader(), false)
  assert.deepEqual(loud(lines), ['Kafka does not let ledger-job find a leader; trying again until it does'])
})
