// Prometheus metrics: one registry for each process or embedded app, never the library's global one, so that two apps in
// one process and parallel tests do not see each other's figures.

import { collectDefaultMetrics, Registry } from 'prom-client'

export type { Registry } from 'prom-client'

/** Every metric's name begins with this. */
export const METRIC_PREFIX = 'spendledger_'

/**
 * A registry that holds the process's own figures (memory, event loop, garbage collection) and labels everything with the
 * service. Services add their metrics by `registers: [registry]`.
 */
export function createMetrics(options: { readonly service: string }): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ service: options.service })
  collectDefaultMetrics({ register: registry, prefix: METRIC_PREFIX })
  return registry
}
