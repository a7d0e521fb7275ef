// `npm start`: embedded mode as a process.

import type { Config } from '#platform/config.ts'
import { runApps } from '#platform/lifecycle.ts'
import { createLogger } from '#platform/log.ts'
import { systemClock } from '#ports/clock.ts'
import { createEmbedded } from './app.ts'
import { banner } from './banner.ts'
import { createDemo } from './demo/app.ts'

/**
 * Starts embedded mode and ties it to the process's signals; resolves once it runs.
 * @param options.demo fills the ledger with a made-up history and keeps sending
 * @throws Error with words for a person if it cannot start
 */
export async function runEmbedded(options: { config: Config; demo: boolean }): Promise<void> {
  const { config, demo } = options
  const began = performance.now()
  const log = createLogger({ level: config.logLevel, format: config.logFormat, service: 'embedded' })
  if (config.slackWebhookUrl || config.pagerdutyRoutingKey || config.alertWebhookUrl) {
    log.warn('receivers of alerts are configured, but this version sends no alerts yet')
  }
  const embedded = createEmbedded({ config, log, clock: systemClock })
  const apps = demo
    ? { embedded, demo: createDemo({ url: () => embedded.running().url, log, clock: systemClock }) }
    : { embedded }
  const started = await runApps(apps, { log })
  if (started) console.log(banner(config, embedded.running(), performance.now() - began))
}
