import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { bookJson } from '../core/pricing-kit.ts'
import { freePort, runCommand, serve } from './harness.ts'

const RATES = { input: '5/Mtok', output: '25/Mtok', reasoning: '25/Mtok' }
const ROW = {
  provider: 'acme',
  model: 'm',
  rule_id: 'acme/m/2026',
  from: '2026-01-01T00:00:00Z',
  to: null,
  in_force: true,
  rates: RATES,
  variants: [
    {
      id: 'standard',
      when: {},
      rates: RATES,
      context_tiers: [{ id: 'input_total>200000', above: 200_000, rates: { ...RATES, input: '10/Mtok' } }],
    },
  ],
  multipliers: [{ id: 'eu', when: { inference_geo: ['eu', 'ch'], batch: true }, tokens: '11/10' }],
  source: { url: 'https://acme.test/prices', checked: '2026-11-22' },
}
const OLD = {
  ...ROW,
  rule_id: 'acme/m/2025',
  from: '2025-01-01T00:00:00Z',
  to: ROW.from,
  in_force: false,
}
const META = { at: '2026-11-24T10:00:00.000Z', price_book_version: 'abcdef0123456789' }
const ANSWER = { data: [ROW, OLD], currency: 'USD', meta: META }

async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'price-'))
  t.after(() => rm(directory, { recursive: true }))
  return directory
}

async function fileOf(t: TestContext, json: unknown, name = 'prices.json'): Promise<string> {
  const file = join(await scratch(t), name)
  await writeFile(file, JSON.stringify(json))
  return file
}

const ledgerless = async () => ({ SPENDLEDGER_URL: `http://127.0.0.1:${await freePort()}` })

test('price prints every rate of the rule in force, its conditions and its source, and the other rules', async t => {
  const server = await serve(t, () => ({ body: ANSWER }))
  const argv = ['price', 'm', '--provider', 'acme', '--at', '2026-11-24']
  const { code, out, err } = await runCommand(argv, { env: { SPENDLEDGER_URL: server.url } })
  assert.deepEqual([code, err], [0, ''])
  assert.equal(server.received[0]?.url, '/v1/prices?model=m&provider=acme&at=2026-11-24')
  assert.equal(
    out,
    [
      'acme m, rule acme/m/2026, from 2026-01-01T00:00:00Z on',
      'variant   context                   what                   USD  when',
      'standard                            input               5/Mtok',
      '                                    output, reasoning  25/Mtok',
      'standard  over 200000 input tokens  input              10/Mtok',
      '                                    output, reasoning  25/Mtok',
      'eu                                  all tokens         x 11/10  inference_geo eu or ch, batch true',
      'source: https://acme.test/prices, checked 2026-11-22',
      '',
      'at other times (--at):',
      'provider  model  from                  to                    input   output   rule',
      'acme      m      2025-01-01T00:00:00Z  2026-01-01T00:00:00Z  5/Mtok  25/Mtok  acme/m/2025',
      '',
      'prices of 2026-11-24T10:00:00.000Z, book abcdef012345',
      '',
    ].join('\n'),
  )
})

test('price at a time without a rule shows the others, and fails with the sentence', async t => {
  const server = await serve(t, () => ({ body: { ...ANSWER, data: [OLD] } }))
  const env = { SPENDLEDGER_URL: server.url }
  const { code, out, err } = await runCommand(['price', 'm', '--at', '2024-01-01'], { env })
  assert.equal(code, 1)
  assert.match(out, /^at other times \(--at\):\n.*\nacme +m +2025-01-01/)
  assert.equal(err, 'spendledger: no rule of m is in force at 2026-11-24T10:00:00.000Z\n')
  const asJson = await runCommand(['price', 'm', '--json'], { env })
  assert.equal(asJson.code, 1)
  assert.equal(JSON.parse(asJson.out).data.length, 1)
  assert.equal(JSON.parse(asJson.err).code, 'no_price')
})

test('price --json prints the body as it comes', async t => {
  const body = `${JSON.stringify(ANSWER, null, 1)}`
  const server = await serve(t, () => ({ body }))
  const { out } = await runCommand(['price', 'm', '--json'], { env: { SPENDLEDGER_URL: server.url } })
  assert.equal(out, `${body}\n`)
})

test('price --csv prints the file of the endpoint, with a ledger and without one', async t => {
  const csv = 'provider,model\r\nacme,m\r\n'
  const server = await serve(t, ({ url }) => ({ body: url.includes('format=csv') ? csv : ANSWER }))
  const asked = await runCommand(['price', 'm', '--csv'], { env: { SPENDLEDGER_URL: server.url } })
  assert.deepEqual([asked.code, asked.out, asked.err], [0, csv, ''])

  const { models, rules } = bookJson([{}])
  const env = { ...(await ledgerless()), SPENDLEDGER_PRICES: await fileOf(t, { models, rules }) }
  const read = await runCommand(['price', 'm', '--provider', 'acme', '--csv'], { env })
  assert.equal(read.code, 0)
  assert.match(read.out, /^provider,model,rule_id,.*\r\nacme,m,rule-0,.*\r\n$/)
  const unknown = await runCommand(['price', 'nobody-has-it', '--csv'], { env })
  assert.equal(unknown.code, 1)
  assert.match(unknown.out, /^provider,model[^\n]*\r\n$/)
  assert.equal((await runCommand(['price', 'm', '--csv', '--json'], { env })).code, 2)
})

test('price hints at the provider that was misspelt, and not at its models', async () => {
  const env = await ledgerless()
  const { code, err } = await runCommand(['price', 'gpt-4o', '--provider', 'opnai'], { env })
  assert.equal(code, 1)
  assert.match(err, /no price is known of gpt-4o of opnai; did you mean openai\?\n$/)
})

test('price fails with names that are near when no model has the name', async t => {
  const meta = { ...META, did_you_mean: ['m-1', 'm\u001b2'] }
  const server = await serve(t, () => ({ body: { ...ANSWER, data: [], meta } }))
  const env = { SPENDLEDGER_URL: server.url }
  const { code, out, err } = await runCommand(['price', 'n', '--provider', 'acme'], { env })
  assert.deepEqual([code, out], [1, ''])
  assert.equal(err, 'spendledger: no price is known of n of acme; did you mean m-1 or m·2?\n')
  const asJson = await runCommand(['price', 'n', '--json'], { env })
  assert.equal(asJson.code, 1)
  assert.deepEqual(JSON.parse(asJson.out).data, [])
  assert.equal(JSON.parse(asJson.err).code, 'no_price')
})

test('price without a ledger on this machine answers from the price files, and says so', async t => {
  const { models, rules } = bookJson([{}])
  const env = { ...(await ledgerless()), SPENDLEDGER_PRICES: await fileOf(t, { models, rules }) }
  const { code, out, err } = await runCommand(['price', 'm', '--provider', 'acme', '--json'], { env })
  assert.equal(code, 0, err)
  assert.match(err, /^nothing answers at .*: these are the shipped prices with .*prices\.json\n$/)
  const { data, meta } = JSON.parse(out)
  assert.deepEqual([data[0].rule_id, data[0].in_force, meta.at], ['rule-0', true, META.at])

  const shipped = await runCommand(['price', 'gpt-4o', '--provider', 'openai'], { env: await ledgerless() })
  assert.equal(shipped.code, 0, shipped.err)
  assert.match(shipped.out, /source: https/)
  const wrong = await runCommand(['price', 'm', '--at', 'soon'], { env })
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /--at is "soon"/)
})

test('price does not answer from files for a ledger elsewhere, nor for one that refuses', async t => {
  const elsewhere = { SPENDLEDGER_URL: 'http://ledger.invalid:1' }
  const { code, out, err } = await runCommand(['price', 'gpt-4o'], { env: elsewhere })
  assert.deepEqual([code, out], [1, ''])
  assert.match(err, /cannot reach/)
  const problem = { title: 'no', code: 'unauthorized', detail: 'no key' }
  const server = await serve(t, () => ({ status: 401, body: problem }))
  const refused = await runCommand(['price', 'gpt-4o'], { env: { SPENDLEDGER_URL: server.url } })
  assert.deepEqual([refused.code, refused.out], [1, ''])
})

test('prices diff shows what own prices change, from when and by how much', async t => {
  const a = await fileOf(t, bookJson([{}], { bucket_fallback: {} }))
  const dearer = [{ variants: [{ id: 'standard', rates: { input: '6/Mtok', output: '25/Mtok' } }] }]
  const b = await fileOf(
    t,
    bookJson([...dearer, { model: 'n' }], {
      bucket_fallback: {},
      models: ['m', 'n'].map(id => ({ provider: 'acme', id, match: { exact: [id] } })),
    }),
  )
  const { code, out, err } = await runCommand(['prices', 'diff', a, b])
  assert.deepEqual([code, err], [0, ''])
  assert.equal(
    out,
    [
      '+ acme/n',
      'model   from                  to  variant   what   before   after  change',
      'acme/m  2026-01-01T00:00:00Z      standard  input  5/Mtok  6/Mtok  +20.0%',
      '',
      '1 model added, 0 removed, 0 names moved, 1 price changed',
      '',
    ].join('\n'),
  )
  const json = JSON.parse((await runCommand(['prices', 'diff', a, b, '--json'])).out)
  assert.deepEqual(json.models_added, ['acme/n'])
  assert.equal((await runCommand(['prices', 'diff', a, a])).out, 'no difference\n')
})

test('prices diff lays own prices over the shipped book, and refuses a file with faults whole', async t => {
  const own = await fileOf(t, { rules: bookJson([{}]).rules })
  const { code, out } = await runCommand(['prices', 'diff', 'shipped', own, '--json'])
  assert.equal(code, 0)
  const { models_added, models_removed, prices } = JSON.parse(out)
  assert.deepEqual([models_added, models_removed, prices], [['acme/m'], [], []])

  const wrong = await fileOf(t, { rules: [{ ...bookJson([{}]).rules[0], from: 'x' }], colour: 'red' })
  const refused = await runCommand(['prices', 'diff', 'shipped', wrong])
  assert.equal(refused.code, 1)
  assert.match(refused.err, /rules\[0\]\.from[^\n]*\n[^\n]*colour|colour[^\n]*\n[^\n]*rules\[0\]\.from/)
  assert.equal((await runCommand(['prices', 'diff', 'shipped', '/no/such/file'])).code, 2)
})
