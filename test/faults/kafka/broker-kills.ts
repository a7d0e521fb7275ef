// kill -9 of the broker, and a start some seconds later, while a collector and a direct producer publish.

import { setTimeout as sleep } from 'node:timers/promises'
import { judge, post, startClients } from '../oracle.ts'
import type { Scenario } from '../scenario.ts'
import { inArena, judges } from './arena.ts'

const KILLS = 4
const DOWN_MS = 3_000

export const brokerKills: Scenario = {
  name: 'broker-kills',
  promise: 'kill -9 of the broker: every 202 and every acknowledged send is stored, once',
  run: ({ scale, say }) =>
    inArena({ consumers: 1, apis: 0 }, async ({ broker, cluster, publish }) => {
      const kills = Math.max(1, Math.round(KILLS * scale))
      const http = startClients({
        prefix: 'http',
        clients: 4,
        eventsPerSend: 5,
        pauseMs: 10,
        send: events => post(cluster.collectorUrl, events),
      })
      const direct = startClients({
        prefix: 'direct',
        clients: 2,
        eventsPerSend: 20,
        pauseMs: 20,
        send: publish,
      })
      for (let i = 0; i < kills; i++) {
        await sleep(5_000)
        await broker.kill()
        say('killed the broker')
        await sleep(DOWN_MS)
        await broker.start()
        say('it is back')
      }
      await sleep(5_000)
      await Promise.all([http.stop(), direct.stop()])
      const acknowledged = new Map([...http.acknowledged, ...direct.acknowledged])
      const figures = await judge(judges(cluster), acknowledged, 90_000)
      return { kills, repeats: http.repeats() + direct.repeats(), ...figures }
    }),
}
