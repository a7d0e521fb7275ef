// Questions as they come in: query strings parsed the way the server parses them, asked at one fixed instant.

import { parse } from 'node:querystring'
import { type CostQuery, readCostQuery } from '../../../services/api/query/model.ts'
import type { Query } from '../../../services/api/query/parameters.ts'
import { COST_MEASURES, COVERAGE_MEASURES } from '../../../services/api/query/sources.ts'

export const NOW = Date.parse('2026-11-24T10:07:30.500Z')

export const parameters = (text: string): Query => parse(text) as Query

type Kind = 'costs' | 'timeseries' | 'coverage'

export const question = (text: string, kind: Kind = 'costs'): CostQuery =>
  readCostQuery(parameters(text), {
    measures: kind === 'coverage' ? COVERAGE_MEASURES : COST_MEASURES,
    series: kind === 'timeseries',
    now: NOW,
    defaultZone: 'UTC',
  })
