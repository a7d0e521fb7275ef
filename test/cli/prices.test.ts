import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePort, runCommand } from './harness.ts'

function files(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'prices-'))
  t.after(() => rmSync(directory, { recursive: true }))
  return (name: string, content?: unknown): string => {
    const file = join(directory, name)
    if (content !== undefined) {
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    }
    return file
  }
}

const MAP = {
  sample_spec: { input_cost_per_token: 0, litellm_provider: 'one of https://docs.litellm.ai' },
  'house-1': {
    litellm_provider: 'openai',
    mode: 'chat',
    input_cost_per_token: 2e-6,
    output_cost_per_token: 8e-6,
    cache_read_input_token_cost: 2e-7,
  },
  // A price in the wrong field: reading from the cache costs five times fresh input.
  'house-2': {
    litellm_provider: 'openai',
    mode: 'chat',
    input_cost_per_token: 2e-6,
    output_cost_per_token: 8e-6,
    cache_read_input_token_cost: 1e-5,
  },
  'house-3': { litellm_provider: 'openai', mode: 'chat', input_cost_per_token: 0 },
}

test('import prints own prices and says on standard error what it left out and what looks wrong', async t => {
  const file = files(t)
  const ran = await runCommand(['prices', 'import', file('map.json', MAP)])
  assert.equal(ran.code, 0, ran.err)
  const { book, rules } = JSON.parse(ran.out)
  assert.deepEqual(book.built_from, [{ source: 'map.json', version: '2026-11-24' }])
  assert.deepEqual(
    rules.map(({ id }: { id: string }) => id),
    ['openai/house-1/2020-01-01', 'openai/house-2/2020-01-01'],
  )
  assert.match(ran.err, /^left out: house-3: all its prices are 0$/m)
  assert.match(ran.err, /rules\[openai\/house-2\/2020-01-01\]/)
  assert.doesNotMatch(ran.err, /rules\[anthropic/)
  assert.match(ran.err, /^2 models taken, 1 left out, \d+ findings?$/m)
})

test('what import writes is used as own prices', async t => {
  const file = files(t)
  const out = file('own.json')
  const ran = await runCommand(['prices', 'import', file('map.json', MAP), '--out', out])
  assert.equal(ran.code, 0, ran.err)
  assert.equal(ran.out, '')
  assert.equal(
    readFileSync(out, 'utf8')
      .split('\n')
      .filter(line => line.includes('"id":"openai/')).length,
    2,
  )
  // A ledger of the developer's would answer with its own prices.
  const env = { SPENDLEDGER_PRICES: out, SPENDLEDGER_URL: `http://127.0.0.1:${await freePort()}` }
  const price = await runCommand(['price', 'house-1', '--provider', 'openai', '--json'], { env })
  assert.equal(price.code, 0, price.err)
  assert.match(price.out, /openai\/house-1\/2020-01-01/)
})

test('what is no map writes nothing', async t => {
  const file = files(t)
  const out = file('own.json')
  for (const [input, message] of [
    [file('a.json', {}), /is no price map of LiteLLM/],
    [file('b.json', '{'), /it is no JSON/],
    [file('none.json'), /cannot read .*none\.json/],
  ] as const) {
    const ran = await runCommand(['prices', 'import', input, '--out', out])
    assert.equal(ran.code, 2)
    assert.match(ran.err, message)
    assert.equal(ran.err.trimEnd().split('\n').length, 1)
  }
  assert.ok(!existsSync(out))
})

test('lint shows the findings of own prices alone, and their faults fail', async t => {
  const file = files(t)
  const own = file('own.json')
  await runCommand(['prices', 'import', file('map.json', MAP), '--out', own])
  const ran = await runCommand(['prices', 'lint', own, '--json'])
  assert.equal(ran.code, 0, ran.err)
  const models = new Set(JSON.parse(ran.out).map(({ model }: { model: string }) => model))
  assert.ok(models.has('openai/house-2'))
  assert.ok(!models.has('openai/house-1') || models.size === 2)
  const shown = await runCommand(['prices', 'lint', own])
  assert.match(shown.out, /^warning +\S+ +rules\[openai\/house-2\/2020-01-01\]/m)

  const faulty = file('faulty.yaml', 'rules: [{ id: a, provider: openai, model: gpt-4o }]')
  const refused = await runCommand(['prices', 'lint', faulty])
  assert.equal(refused.code, 1)
  assert.match(refused.err, /rules\[0\]\.variants: is missing/)
})

test('lint takes a finding on a common model for an error', async t => {
  const own = files(t)('own.json', {
    rules: [
      {
        id: 'openai/gpt-5-nano/own',
        provider: 'openai',
        model: 'gpt-5-nano',
        effective: { from: '2020-01-01T00:00:00Z', to: null },
        variants: [
          { id: 'standard', rates: { input: '0.05/Mtok', output: '0.4/Mtok', cache_read: '5/Mtok' } },
        ],
      },
    ],
  })
  const ran = await runCommand(['prices', 'lint', own])
  assert.equal(ran.code, 1)
  assert.match(ran.out, /^error +cache-read +rules\[openai\/gpt-5-nano\/own\]/m)
  assert.match(ran.err, /^spendledger: \d+ errors? in /m)
})

test('lint without a file looks at the prices in force', async () => {
  const ran = await runCommand(['prices', 'lint'])
  assert.equal(ran.code, 0, ran.out + ran.err)
  assert.match(ran.out, /the shipped book: no errors, \d+ other findings?\n$/)
})
