// The values that all answers are made of.

import { CURRENCY as USD } from '../answer/values.ts'
import { described, type Schema } from './schema.ts'

export const VALUE_SCHEMAS: Readonly<Record<string, Schema>> = {
  Count: {
    type: ['integer', 'string'],
    minimum: 0,
    pattern: '^\\d+$',
    description: 'A whole number; as text beyond 2^53, where a JSON number would lose digits.',
  },
  Money: {
    type: 'string',
    pattern: '^-?\\d+(?:\\.\\d{1,12})?$',
    description: 'An exact amount as decimal text.',
    examples: ['0.00225'],
  },
  Time: {
    type: 'string',
    format: 'date-time',
    description: "ISO 8601, with the offset of the answer's zone.",
    examples: ['2026-11-24T09:30:05.120+01:00'],
  },
  Currency: described({ type: 'string', const: USD }, 'Of every amount in the answer.'),
}
