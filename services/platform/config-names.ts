// Names that are no setting. A misspelled name is worse than a wrong value: it is silently the default, and KAFKA_BROKER
// instead of KAFKA_BROKERS would write the events of a company to somebody's laptop disk. So near misses are refused.

import { distance } from 'fastest-levenshtein'
import type { Complaint } from './config-error.ts'
import { ALL_SETTINGS } from './settings.ts'

/** Edits up to which a name of a shared prefix (KAFKA_, CLICKHOUSE_) counts as meant for us. */
const NEAR = 2

/** Edits up to which a name is suggested for one that is certainly meant for us. */
const SUGGESTED = 5

/** The environment variables that are read. */
const VARIABLES = ALL_SETTINGS.flatMap(({ env, kind }) => (kind.secret ? [env, `${env}_FILE`] : [env]))

/** Prefixes that other tools use too: there, only a near miss is ours. */
const SHARED_PREFIX = /^(KAFKA|CLICKHOUSE|SLACK|PAGERDUTY|ALERT)_/

/**
 * Variables that Kubernetes makes in every pod for each Service: for one named `spendledger`, SPENDLEDGER_PORT is set to
 * `tcp://10.0.0.1:4318`. They are nobody's settings.
 * https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
 */
export const isServiceLink = (name: string, value: string): boolean =>
  /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
  (name.endsWith('_PORT') && /^(tcp|udp):\/\//.test(value))

/** The closest candidate as a question, or nothing if none is close. */
export function didYouMean(name: string, candidates: Iterable<string>, within = SUGGESTED): string {
  let best = ''
  let bestDistance = within + 1
  for (const candidate of candidates) {
    const edits = distance(name, candidate)
    if (edits < bestDistance) [best, bestDistance] = [candidate, edits]
  }
  return best === '' ? '' : `; did you mean ${best}?`
}

/** Complains about every variable that looks like one of ours and is none. Values are not shown: one may be a secret. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): Complaint[] {
  const complaints: Complaint[] = []
  for (const [name, value] of Object.entries(env)) {
    if (!value || VARIABLES.includes(name) || isServiceLink(name, value)) continue
    const ours = name.startsWith('SPENDLEDGER_')
    if (!ours && !SHARED_PREFIX.test(name)) continue
    const suggestion = didYouMean(name, VARIABLES, ours ? SUGGESTED : NEAR)
    if (ours || suggestion) complaints.push({ setting: name, message: `is no setting${suggestion}` })
  }
  return complaints
}
