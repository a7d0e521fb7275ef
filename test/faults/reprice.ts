// The file of own prices is edited again and again while clients send, and the process is killed in the middle of repricing: in
// the end every call, old and new, costs what the last prices say.

import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../aggregator/worlds.ts'
import { type Ledger, startLedger } from '../support/ledger-process.ts'
import { judge, post, startClients } from './oracle.ts'
import type { Scenario } from './scenario.ts'

const KILLS = 3
const CLIENTS = 2
const EVENTS_PER_POST = 50
/** Between two posts of a client, so that the machine has time to reprice, ms. */
const PAUSE_MS = 100

/** The list price of gpt-5.4, so many times. */
const overlay = (times: number) => ({
  rules: [
    {
      id: 'own/gpt-5.4',
      provider: 'openai',
      model: 'gpt-5.4',
      effective: { from: '2020-01-01T00:00:00Z', to: null },
      variants: [{ id: 'standard', rates: { input: `${2.5 * times}/Mtok`, output: `${15 * times}/Mtok` } }],
    },
  ],
})

export const reprice: Scenario = {
  name: 'reprice',
  promise: 'prices change while clients send and the process is killed: all totals end at the newest prices',
  async run({ seed, scale, say }) {
    const dataDir = await mkdtemp(join(tmpdir(), 'spendledger-reprice-'))
    const endings: (() => unknown)[] = []
    const t = { after: (ending: () => unknown) => void endings.push(ending) }
    const random = seeded(seed)
    const file = join(dataDir, 'own-prices.json')
    let times = 1
    async function edit(): Promise<void> {
      times += 1
      await writeFile(`${file}.new`, JSON.stringify(overlay(times)))
      await rename(`${file}.new`, file)
    }
    const start = (): Promise<Ledger> => startLedger(t, dataDir, { SPENDLEDGER_PRICES: file })
    try {
      await edit()
      let ledger = await start()
      const clients = startClients({
        prefix: 'reprice',
        clients: CLIENTS,
        eventsPerSend: EVENTS_PER_POST,
        pauseMs: PAUSE_MS,
        send: events => post(ledger.url, events),
      })
      const kills = Math.max(1, Math.round(KILLS * scale))
      for (let i = 0; i < kills; i++) {
        await sleep(2_000)
        await edit()
        // The file is looked at every second, and a new book is repriced with within another.
        await sleep(500 + random() * 2_500)
        await ledger.kill()
        if (random() < 0.5) await edit()
        ledger = await start()
        say(`killed at ${times} times the list price`)
      }
      await edit()
      await sleep(2_000)
      await clients.stop()
      const acknowledged = new Map([...clients.acknowledged].map(([id, cost]) => [id, cost * BigInt(times)]))
      const users = { reader: await ledger.connect('reader'), aggregator: await ledger.connect('aggregator') }
      const figures = await judge(users, acknowledged)
      const states = await users.reader.query<{ state: string; runs: string }>(
        'SELECT state, count() AS runs FROM v_reprices GROUP BY state',
      )
      assert.ok(states.some(({ state }) => state === 'finished'))
      assert.equal(await ledger.stop(), 0)
      const runs = Object.fromEntries(states.map(({ state, runs }) => [`runs_${state}`, Number(runs)]))
      return { kills, price_changes: times - 1, ...runs, ...figures }
    } finally {
      for (const end of endings.reverse()) await end()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    }
  },
}
