import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Supervised, type SupervisorState, supervise } from '#adapters/clickhouse/server/supervisor.ts'
import { eventually, silent } from './fixture.ts'

interface Fake extends Supervised {
  readonly name: number
  die(): void
  stops: number
}

function fake(name: number): Fake {
  let end = (_: string) => {}
  const exited = new Promise<string>(resolve => {
    end = resolve
  })
  return {
    name,
    exited,
    stops: 0,
    die: () => end('SIGKILL'),
    async stop() {
      this.stops += 1
      end('stopped')
    },
  }
}

const pauses = { beforeTry: [0, 30, 60], recoveredAfter: 60_000 }
const options = { log: silent, pauses }

describe('supervise', () => {
  it('starts again what ended by itself, and says so', async () => {
    const first = fake(1)
    const supervisor = supervise(first, async () => fake(2), options)
    const states: SupervisorState[] = []
    supervisor.onStateChange(state => states.push(state))
    assert.equal(supervisor.state(), 'ready')
    first.die()
    await eventually(() => supervisor.current().name === 2 && supervisor.state() === 'ready', 1_000)
    await supervisor.stop()
    assert.deepEqual(states, ['restarting', 'ready', 'stopped'])
  })

  it('keeps trying with growing pauses while starts fail', async () => {
    const times: number[] = []
    const first = fake(1)
    const supervisor = supervise(
      first,
      async () => {
        times.push(performance.now())
        if (times.length < 4) throw new Error('no')
        return fake(2)
      },
      options,
    )
    first.die()
    await eventually(() => supervisor.current().name === 2, 2_000)
    await supervisor.stop()
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    assert.equal(gaps.length, 3)
    for (const [index, least] of [28, 58, 58].entries()) assert.ok((gaps[index] ?? 0) >= least, `${gaps}`)
  })

  it('waits longer when what it starts dies at once, again and again', async () => {
    const times: number[] = []
    const first = fake(1)
    const start = async () => {
      times.push(performance.now())
      const next = fake(times.length + 1)
      if (times.length < 3) next.die()
      return next
    }
    const supervisor = supervise(first, start, options)
    first.die()
    await eventually(() => times.length === 3, 2_000)
    await supervisor.stop()
    assert.ok((times[2] ?? 0) - (times[0] ?? 0) >= 88, `${times}`)
  })

  it('stops what runs, once told, and starts nothing more', async () => {
    const first = fake(1)
    const supervisor = supervise(first, () => assert.fail('started again'), options)
    await supervisor.stop()
    await supervisor.stop()
    assert.ok(first.stops >= 1)
    assert.equal(supervisor.state(), 'stopped')
  })

  it('stops what was being started when it was told to stop', async () => {
    const first = fake(1)
    const second = fake(2)
    let arrive = () => {}
    const supervisor = supervise(
      first,
      () => new Promise<Fake>(resolve => (arrive = () => resolve(second))),
      options,
    )
    first.die()
    await eventually(() => supervisor.state() === 'restarting', 1_000)
    await new Promise(resolve => setTimeout(resolve, 20))
    const stopped = supervisor.stop()
    arrive()
    await stopped
    assert.equal(second.stops, 1)
    assert.equal(supervisor.state(), 'stopped')
  })

  it('tells a start that is under way to give up', async () => {
    const first = fake(1)
    const supervisor = supervise(
      first,
      signal =>
        new Promise<Fake>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      options,
    )
    first.die()
    await eventually(() => supervisor.state() === 'restarting', 1_000)
    await new Promise(resolve => setTimeout(resolve, 20))
    await supervisor.stop()
    assert.equal(supervisor.state(), 'stopped')
  })

  it('stops at once during a pause', async () => {
    const first = fake(1)
    const supervisor = supervise(first, () => assert.fail('started again'), {
      log: silent,
      pauses: { beforeTry: [60_000], recoveredAfter: 60_000 },
    })
    first.die()
    await eventually(() => supervisor.state() === 'restarting', 1_000)
    const before = performance.now()
    await supervisor.stop()
    assert.ok(performance.now() - before < 1_000)
  })
})
