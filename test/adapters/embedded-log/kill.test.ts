import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTestLog, readAll, tempDir } from './kit.ts'

const CHILD = fileURLToPath(new URL('./append-until-killed.ts', import.meta.url))
const ROUNDS = 5

/** Runs the child until it has acknowledged `calls`, kills it, and returns the calls whose acknowledgement was seen. */
async function killedAfter(t: TestContext, dir: string, round: number, calls: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dir, `${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  for await (const chunk of child.stdout) {
    output += chunk
    if (output.split('\n').length > calls) child.kill('SIGKILL')
  }
  return output.split('\n').slice(0, -1)
}

it('is whole after kill -9 at any moment: all acknowledged calls, no half ones, no gaps', async t => {
  const dir = await tempDir(t)
  const acknowledged: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged.push(...(await killedAfter(t, dir, round, 300 + 700 * round)))
    const log = await openTestLog(t, dir)
    const all = await readAll(log, 't')
    await log.close()

    const parts = new Map<string, number>()
    for (const { key } of all) parts.set(key.slice(0, -2), (parts.get(key.slice(0, -2)) ?? 0) + 1)
    assert.deepEqual(
      acknowledged.filter(id => !parts.has(id)),
      [],
      'acknowledged and lost',
    )
    assert.deepEqual(
      [...parts].filter(([, count]) => count !== 3),
      [],
      'half of a call',
    )
    for (const partition of [0, 1, 2, 3]) {
      const offsets = all.filter(one => one.partition === partition).map(({ offset }) => offset)
      assert.ok(
        offsets.every((offset, i) => offset === i),
        `partition ${partition} has a gap`,
      )
    }
  }
  assert.ok(acknowledged.length > 5_000)
})
