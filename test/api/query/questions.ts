// Questions as they come in: query strings parsed the way the server parses them, asked at one fixed instant.

import { parse } from 'node:querystring'
import { COVERAGE_METRICS } from '../../../services/api/query/metrics.ts'
import { type CostQuery, readCostQuery } from '../../../services/api/query/model.ts'
import type { Query } from '../../../services/api/query/parameters.ts'

export const NOW = Date.parse('2026-11-24T10:07:30.500Z')

export const parameters = (text: string): Query => parse(text, '&', '=', { maxKeys: 0 }) as Query

export type Kind = 'costs' | 'timeseries' | 'coverage'

export const question = (text: string, kind: Kind = 'costs'): CostQuery =>
  readCostQuery(parameters(text), {
    ...(kind === 'coverage' ? { metrics: COVERAGE_METRICS } : {}),
    series: kind === 'timeseries',
    now: NOW,
    defaultZone: 'UTC',
  })
