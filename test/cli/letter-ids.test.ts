import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shortIds } from '../../services/cli/letter-ids.ts'

const hash = (start: string) => `sha256:${start.padEnd(64, '0')}`

test('an id is listed by 20 characters', () => {
  const ids = [hash('ab'), hash('cd')]
  assert.deepEqual(
    [...shortIds(ids).values()],
    ids.map(id => id.slice(0, 20)),
  )
})

test('ids that begin alike are listed by as much as tells them apart', () => {
  const log = '5f0c1b4e-0000-4000-8000-000000000000/usage/0/'
  const short = shortIds([`${log}118`, `${log}12`, `${log}1`, `${log}118`])
  assert.deepEqual(Object.fromEntries(short), {
    [`${log}1`]: `${log}1`,
    [`${log}118`]: `${log}11`,
    [`${log}12`]: `${log}12`,
  })
})

test('a list of one needs no more than its beginning', () => {
  assert.deepEqual([...shortIds([hash('ab')]).values()], [hash('ab').slice(0, 20)])
  assert.deepEqual([...shortIds([])], [])
})
