// What stands beside every total: the time that it is about, up to when events are in, and how much of it has no price.

import { COVERAGE_NAMES } from '../query/metrics.ts'
import { SOURCES } from '../query/sources.ts'
import {
  COUNT,
  described,
  each,
  FLAG,
  list,
  mapOf,
  nullable,
  object,
  oneOf,
  ref,
  type Schema,
  TEXT,
  TIME,
} from './schema.ts'

const WINDOW = { from: TIME, to: TIME }

const WINDOW_META = { ...WINDOW, tz: described(TEXT, 'The IANA zone of all times in the answer.') }

/** Of every answer with money. */
export const META_FIELDS: Readonly<Record<string, Schema>> = {
  ...WINDOW_META,
  fresh_until: described(
    nullable(TIME),
    'Every event that was accepted before it is in the answer; null while nothing is known about it.',
  ),
  coverage: ref('Coverage'),
  source: described(oneOf(SOURCES.map(({ name }) => name)), 'What the figures come from.'),
  scanned: ref('Scanned'),
}

/** Not always there. */
const RARE_FIELDS = {
  events_from: described(
    TIME,
    'Only where events of the beginning of the window are no longer kept: the first that are.',
  ),
  unknown_values: described(
    mapOf(mapOf(list(TEXT))),
    'Only where nothing matches: by dimension, the values of filters that no call ever had, each with up to three that are near it.',
  ),
}

export const META_SCHEMAS: Readonly<Record<string, Schema>> = {
  Coverage: described(
    object(each(COVERAGE_NAMES, () => COUNT)),
    'Calls. `unpriced` ones have no cost and no part in any sum; `inconsistent` ones are among them. ' +
      'priced + unpriced + estimated = calls.',
  ),
  Scanned: described(object({ rows: COUNT, bytes: COUNT }), 'What the warehouse read for the answer.'),
  WindowMeta: object(WINDOW_META),
  Meta: object(META_FIELDS, RARE_FIELDS),
  ReportMeta: object(
    {
      ...META_FIELDS,
      truncated: described(FLAG, 'Whether the limit cut the rows. Totals are whole.'),
    },
    {
      ...RARE_FIELDS,
      previous: object({
        ...WINDOW,
        complete: described(FLAG, "False where the ledger's first events lie after its start."),
      }),
    },
  ),
}

export const META_EXAMPLE = {
  from: '2026-11-24T00:00:00Z',
  to: '2026-11-24T10:15:00Z',
  tz: 'UTC',
  fresh_until: '2026-11-24T10:06:58.500Z',
  coverage: { calls: 5, priced: 2, unpriced: 2, estimated: 1, inconsistent: 1, without_feature: 1 },
  source: 'rollup by feature',
  scanned: { rows: 5, bytes: 1180 },
}
