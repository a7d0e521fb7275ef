import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { formatPicos } from '#core/money.ts'
import { ConfigError } from '#platform/config-error.ts'
import { openPriceBooks, type Pricing, readPricing } from '#platform/price-books.ts'
import { priced, usageEvent } from '../core/pricing-kit.ts'
import { eventually } from '../support/ledger-process.ts'
import { silentLog, testRegistry } from '../support/silent.ts'

const OVERLAY = (rate: string) => ({
  rules: [
    {
      id: 'own/gpt-4o/2026',
      provider: 'openai',
      model: 'gpt-4o',
      effective: { from: '2026-01-01T00:00:00Z', to: null },
      variants: [{ id: 'standard', rates: { input: `${rate}/Mtok`, output: '10/Mtok' } }],
    },
  ],
})

async function overlayFile(t: TestContext, content: unknown, name = 'prices.json') {
  const directory = await mkdtemp(join(tmpdir(), 'spendledger-own-prices-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = join(directory, name)
  const write = (text: unknown) => writeFile(file, typeof text === 'string' ? text : JSON.stringify(text))
  await write(content)
  return { file, write }
}

function priceIn({ book }: Pricing, day = '2026-11-24'): string {
  const cost = priced(
    usageEvent({
      provider: 'openai',
      response_model: 'gpt-4o',
      occurred_at: Date.parse(`${day}T00:00:00Z`),
      tokens: { input: 1_000_000 },
    }),
    book,
  )
  return cost.costUsd === null ? cost.reason : formatPicos(cost.costUsd)
}

it('without an overlay the shipped book is in force', async () => {
  const pricing = await readPricing(undefined)
  assert.deepEqual([pricing.book.hash, pricing.overlayHash], [pricing.shippedHash, ''])
  assert.equal(priceIn(pricing), '2.5')
})

it('own prices win from their date on, and the book goes on before it', async t => {
  const { file } = await overlayFile(t, OVERLAY('1'))
  const pricing = await readPricing(file)
  assert.deepEqual([priceIn(pricing), priceIn(pricing, '2025-12-31')], ['1', '2.5'])
  assert.notEqual(pricing.book.hash, pricing.shippedHash)
  assert.match(pricing.overlayHash, /^[0-9a-f]{64}$/)
})

it('may be YAML, and equal content is the same version however it is written', async t => {
  const yaml = `
rules:
  - id: own/gpt-4o/2026
    provider: openai
    model: gpt-4o
    effective: { from: 2026-01-01T00:00:00Z, to: null } # from the contract
    variants:
      - id: standard
        rates: { input: 1/Mtok, output: 10/Mtok }
`
  const { file } = await overlayFile(t, yaml, 'prices.yaml')
  const json = await overlayFile(t, OVERLAY('1'))
  const [a, b] = [await readPricing(file), await readPricing(json.file)]
  assert.deepEqual([a.book.hash, a.overlayHash], [b.book.hash, b.overlayHash])
})

it('a file with faults is refused at start with every complaint, each with its place', async t => {
  const broken = {
    rules: [{ ...OVERLAY('1').rules[0], provider: 'openai', variant: [], id: 5 }],
    contract: [],
  }
  const { file } = await overlayFile(t, broken)
  await assert.rejects(readPricing(file), (error: unknown) => {
    assert.ok(error instanceof ConfigError)
    assert.match(error.message, /rules\[0\]\.id: is 5, expected a text/)
    assert.match(error.message, /rules\[0\]\.variant: is a list, expected no such key/)
    assert.match(error.message, /contract: is a list, expected no such key/)
    return true
  })
  const other = await overlayFile(t, '{ rules: [')
  await assert.rejects(readPricing(other.file), ConfigError)
  await assert.rejects(readPricing('/nowhere/prices.json'), /there is no such file/)
})

it('two prices for one moment are refused by their places in the file', async t => {
  const [rule] = OVERLAY('1').rules
  const { file } = await overlayFile(t, { rules: [rule, { ...rule, id: 'another' }] })
  await assert.rejects(readPricing(file), /two rules between own\/gpt-4o\/2026 and another/)
})

it('a change is in force within a second, a broken file never is, and a mended one is again', async t => {
  const { file, write } = await overlayFile(t, OVERLAY('1'))
  const registry = testRegistry()
  const books = await openPriceBooks({
    overlayFile: file,
    log: silentLog(),
    registry,
    pollMs: 5,
  })
  t.after(() => books.close())
  const seen: string[] = []
  books.onChange(pricing => seen.push(priceIn(pricing)))
  const refused = async () =>
    /^spendledger_price_overlay_refused\S* 1$/m.test(
      await registry.getSingleMetricAsString('spendledger_price_overlay_refused'),
    )

  const inForce = (price: string, isRefused: boolean) =>
    eventually(
      `${price}, ${isRefused ? 'with a refused file' : 'with a good file'}`,
      async () => [priceIn(books.current()), await refused()],
      ([now, faulty]) => now === price && faulty === isRefused,
    )

  await write(OVERLAY('2'))
  await inForce('2', false)
  await write('{"rules": [')
  await inForce('2', true)
  await rm(file)
  await write(OVERLAY('3'))
  await inForce('3', false)
  assert.deepEqual(seen, ['2', '3'])
})
