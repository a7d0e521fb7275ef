// The statements as text, in files that a reviewer reads. That they do what they should is shown in recompute.test.ts.

import { describe, it } from 'node:test'
import { ghostsSql } from '../../services/aggregator/ghosts.ts'
import { hideLosersSql, recomputeSql, TWINS_EXIST_SQL } from '../../services/aggregator/recompute-sql.ts'
import { ROLLUP_TABLES } from '../../services/aggregator/rollup-tables.ts'
import { assertGolden } from '../api/golden.ts'

const golden = (name: string, sql: string): void => assertGolden(`aggregator-${name}`, { sql, params: {} })

describe('the statements of the aggregator', () => {
  it('look for twins before they hide any', () => golden('twins-exist', TWINS_EXIST_SQL))

  it('hide what is not the best of its twins', () => golden('hide-losers', hideLosersSql()))

  for (const table of ROLLUP_TABLES) {
    it(`rewrite hours of ${table.name}`, () =>
      golden(`recompute-${table.name.replaceAll('_', '-')}`, recomputeSql(table)))
  }

  it('find what a late run left', () => golden('ghosts', ghostsSql('usage_by_feature')))
})
