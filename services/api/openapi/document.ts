// The HTTP surface as one OpenAPI 3.1 document, made from the lists that the code itself reads: what it says of a dimension, a
// limit or an error code cannot be older than the code. https://spec.openapis.org/oas/v3.1.1.html

import { COST_SCHEMAS } from './cost-rows.ts'
import { COST_PATHS } from './costs.ts'
import { EVENT_ROW_SCHEMAS } from './event-rows.ts'
import { EVENT_PATHS, EVENT_SCHEMAS } from './events.ts'
import { EXPLAIN_PATHS, EXPLAIN_SCHEMAS } from './explain.ts'
import { META_SCHEMAS } from './meta.ts'
import { KEY_SCHEME, operationJson, type Paths } from './operation.ts'
import { PARAMETERS } from './parameters.ts'
import { PRICE_PATHS, PRICE_SCHEMAS } from './prices.ts'
import { PROBLEM_SCHEMAS } from './problems.ts'
import { RECORD_PATHS, RECORD_SCHEMAS } from './records.ts'
import { SENDING_PATHS, SENDING_SCHEMAS } from './sending.ts'
import { SERVICE_PATHS, SERVICE_SCHEMAS } from './service.ts'
import { VALUE_SCHEMAS } from './values.ts'

const INFO = {
  title: 'spendledger',
  version: '1',
  description:
    'The ledger for LLM spend: report calls, and ask what was spent. Money is exact, as decimal text of USD. What is not ' +
    'known is not counted as 0: every total says how many of its calls have no price.\n\n' +
    'Fields may be added to answers; those that are here stay. In a cluster the API answers everything but ' +
    '`POST /v1/events`, which the collector takes on a port of its own.',
  license: { name: 'MIT', identifier: 'MIT' },
}

const TAGS = [
  { name: 'Spend', description: 'What was spent, why it moved, and how far the totals can be trusted.' },
  { name: 'Calls', description: 'Single calls, and how their price came about.' },
  { name: 'Sending', description: 'Calls are reported here.' },
  { name: 'Prices', description: 'What models cost, and what calls would.' },
  { name: 'Corrections', description: 'Events that were refused, and totals that moved afterwards.' },
  { name: 'Service', description: 'For orchestrators and Prometheus.' },
]

const KEYS = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'sl_<id>_<secret>',
  description:
    'A key of `spendledger keys create`. An operation names the scope that it needs; `admin` opens everything. A ledger ' +
    'without a file of keys listens on loopback only and asks for none.',
}

const AREAS: readonly Paths[] = [
  COST_PATHS,
  EXPLAIN_PATHS,
  EVENT_PATHS,
  SENDING_PATHS,
  PRICE_PATHS,
  RECORD_PATHS,
  SERVICE_PATHS,
]

/** Every operation by path and method; an area may add a method to a path of another. */
function pathsJson(): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {}
  for (const [path, methods] of AREAS.flatMap(area => Object.entries(area))) {
    const operations = Object.entries(methods).map(([method, operation]) => [
      method,
      operationJson(operation),
    ])
    paths[path] = { ...paths[path], ...Object.fromEntries(operations) }
  }
  return paths
}

export interface OpenApiDocument {
  readonly openapi: string
  readonly info: object
  readonly servers: readonly object[]
  readonly tags: readonly object[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>
}

export function openApiDocument(): OpenApiDocument {
  const document: OpenApiDocument = {
    openapi: '3.1.1',
    info: INFO,
    servers: [{ url: '/' }],
    tags: TAGS,
    paths: pathsJson(),
    components: {
      schemas: {
        ...VALUE_SCHEMAS,
        ...PROBLEM_SCHEMAS,
        ...META_SCHEMAS,
        ...COST_SCHEMAS,
        ...EXPLAIN_SCHEMAS,
        ...EVENT_ROW_SCHEMAS,
        ...EVENT_SCHEMAS,
        ...SENDING_SCHEMAS,
        ...PRICE_SCHEMAS,
        ...RECORD_SCHEMAS,
        ...SERVICE_SCHEMAS,
      },
      parameters: PARAMETERS,
      securitySchemes: { [KEY_SCHEME]: KEYS },
    },
  }
  // Each part on its own: what is one object in memory would be an alias in YAML, which many readers do not follow.
  return JSON.parse(JSON.stringify(document)) as OpenApiDocument
}
