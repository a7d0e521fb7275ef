// What each query of docs/sql.md must answer, by its question. A query of the page without an entry here fails the test.

import { MODELS_ANSWERS } from './sql-docs-answers-models.ts'
import { QUALITY_ANSWERS } from './sql-docs-answers-quality.ts'
import { SPEND_ANSWERS } from './sql-docs-answers-spend.ts'
import { TIME_ANSWERS } from './sql-docs-answers-time.ts'
import type { Answers } from './sql-docs-arithmetic.ts'

export const ANSWERS: Answers = { ...SPEND_ANSWERS, ...MODELS_ANSWERS, ...TIME_ANSWERS, ...QUALITY_ANSWERS }
