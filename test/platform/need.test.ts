import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import { logLater, warehouseLater } from '#platform/later.ts'
import { type App, composeApps } from '#platform/lifecycle.ts'
import { arrival, closing, createNeed, whenThere } from '#platform/need.ts'
import type { EventLog } from '#ports/event-log.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { eventually } from '../support/ledger-process.ts'
import { silentLog } from '../support/silent.ts'

const log = silentLog()

function fixture() {
  const events: string[] = []
  const need = (name: string, open: () => Promise<void>) =>
    createNeed({
      what: name,
      async open() {
        await open()
        events.push(`open ${name}`)
        return { name, close: async () => void events.push(`close ${name}`) }
      },
      health: async () => ({ ok: true }),
      log,
    })
  const app = (name: string): App => ({
    start: async () => void events.push(`start ${name}`),
    stop: async () => void events.push(`stop ${name}`),
  })
  return { events, need, app }
}

const away = () => Promise.reject(new LedgerError('log_unavailable', 'connect ECONNREFUSED'))

test('work starts when all is there, and ends before what it used is closed', async () => {
  const { events, need, app } = fixture()
  const needs = [need('log', async () => undefined), need('warehouse', async () => undefined)]
  const work = whenThere(needs, () => app('work'))
  const process = composeApps({ needs: closing(needs), http: app('http'), work }, log)
  await process.start()
  await process.stop()
  assert.deepEqual(events, [
    'start http',
    'open log',
    'open warehouse',
    'start work',
    'stop work',
    'stop http',
    'close log',
    'close warehouse',
  ])
})

test('a stop while one is away ends the wait, closes what is there, and nothing has worked', async () => {
  const { events, need, app } = fixture()
  const needs = [need('log', away), need('warehouse', async () => undefined)]
  const process = composeApps(
    { needs: closing(needs), http: app('http'), work: whenThere(needs, () => app('work')) },
    log,
  )
  const started = process.start().catch(error => error)
  await eventually(
    'the warehouse is open',
    async () => events,
    seen => seen.includes('open warehouse'),
  )
  await process.stop()
  assert.match(String(await started), /log was not there after/)
  assert.deepEqual(events, ['start http', 'open warehouse', 'stop http', 'close warehouse'])
})

test('one that is never to come ends the start, whoever else is still away', async () => {
  const { events, need, app } = fixture()
  const denied = new LedgerError('warehouse_denied', 'wrong password')
  const needs = [need('log', away), need('warehouse', () => Promise.reject(denied))]
  const process = composeApps({ needs: closing(needs), http: app('http'), arrival: arrival(needs) }, log)
  await assert.rejects(process.start(), denied)
  assert.deepEqual(events, ['start http', 'stop http'])
})

test('readiness says why it is not there, then how it does', async () => {
  let open: () => Promise<void> = away
  const needed = createNeed({
    what: 'Kafka at k:9092',
    open: async () => {
      await open()
      return { close: async () => undefined }
    },
    health: async () => ({ ok: false, reason: 'a partition without a leader' }),
    log,
  })
  assert.deepEqual(await needed.check(), { ok: false, reason: 'Kafka at k:9092 was not reached yet' })
  assert.equal(needed.get(), undefined)
  assert.throws(() => needed.value())
  const arriving = needed.arrive(new AbortController().signal)
  await eventually('a reason', needed.check, check => !check.ok && check.reason === 'connect ECONNREFUSED')
  open = async () => undefined
  await arriving
  assert.deepEqual(await needed.check(), { ok: false, reason: 'a partition without a leader' })
  assert.ok(needed.value())
})

test('calls reject as unavailable until it is there, then reach it', async () => {
  const appended: unknown[] = []
  const eventLog = {
    append: async (...call: unknown[]) => void appended.push(call),
    close: async () => undefined,
  }
  const logNeed = createNeed({
    what: 'Kafka',
    open: async () => eventLog as unknown as EventLog,
    health: async () => ({ ok: true }),
    log,
  })
  const later = logLater(logNeed)
  const refused = (code: string) => (error: unknown) =>
    error instanceof LedgerError && error.code === code && error.retryAfter !== undefined
  await assert.rejects(later.append('t', []), refused('log_unavailable'))
  await logNeed.arrive(new AbortController().signal)
  await later.append('t', [])
  assert.deepEqual(appended, [['t', []]])

  const warehouse = { query: async () => [{ one: 1 }], close: async () => undefined }
  const warehouseNeed = createNeed({
    what: 'ClickHouse',
    open: async () => warehouse as unknown as Warehouse,
    health: async () => ({ ok: true }),
    log,
  })
  const reader = warehouseLater(warehouseNeed, 'reader')
  await assert.rejects(reader.query('SELECT 1'), refused('warehouse_unavailable'))
  await assert.rejects(reader.command('X'), refused('warehouse_unavailable'))
  assert.equal((await reader.ping()).ok, false)
  await warehouseNeed.arrive(new AbortController().signal)
  assert.deepEqual(await reader.query('SELECT 1'), [{ one: 1 }])
  assert.equal((await reader.ping()).ok, true)
})
