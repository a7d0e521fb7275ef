// One operation of the document. A route and what the document says of it must not drift apart: tests compare the two in both
// directions, down to scopes and parameters.

import type { ErrorCode } from '#core/errors.ts'
import { neededScopes, type RouteScope } from '#platform/api-keys/scopes.ts'
import { META_HEADER, NEXT_CURSOR_HEADER, TRUNCATED_HEADER } from '../answer/csv.ts'
import { IF_NONE_MATCH } from './parameters.ts'
import { problems } from './problems.ts'
import { type Schema, TEXT } from './schema.ts'

export interface Operation {
  readonly id: string
  readonly tag: string
  readonly summary: string
  readonly description: string
  readonly scope: RouteScope
  readonly parameters?: readonly object[]
  readonly requestBody?: object
  /** Responses by status; what can go wrong is added. */
  readonly responses: Readonly<Record<string, object>>
  readonly problems: readonly ErrorCode[]
}

/** Operations by path (`/v1/events/{id}`) and method. */
export type Paths = Readonly<Record<string, Readonly<Partial<Record<'get' | 'post', Operation>>>>>

export const KEY_SCHEME = 'apiKey'

export const operationJson = (operation: Operation): object => {
  const { id, tag, summary, description, scope, parameters = [], requestBody, responses } = operation
  const open = scope === 'open'
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    security: open ? [] : neededScopes(scope).map(needed => ({ [KEY_SCHEME]: [needed] })),
    parameters,
    ...(requestBody ? { requestBody } : {}),
    responses: { ...problems(operation.problems, { open }), ...responses },
  }
}

/** Named examples of a body. */
export type Examples = Readonly<Record<string, { readonly summary?: string; readonly value: unknown }>>

export interface Answer {
  readonly description: string
  readonly schema: Schema
  readonly examples: Examples
  /** An example of the file, where there is one. */
  readonly csv?: string
}

export interface Question extends Omit<Operation, 'scope' | 'responses' | 'requestBody'> {
  readonly answer: Answer
}

/** What only reads: it needs the scope read, and whoever has the answer already is told so. */
export function question({ answer, ...operation }: Question): Operation {
  const { description, schema, examples, csv } = answer
  return {
    ...operation,
    scope: 'read',
    parameters: [...(operation.parameters ?? []), ...IF_NONE_MATCH],
    responses: {
      200: {
        description,
        headers: csv === undefined ? TAG : { ...TAG, ...FILE_HEADERS },
        content: {
          'application/json': { schema, examples },
          ...(csv === undefined ? {} : { 'text/csv': { schema: TEXT, example: csv } }),
        },
      },
      304: { description: 'The answer is the one that `If-None-Match` names.', headers: TAG },
    },
  }
}

const TAG = { ETag: { description: 'For `If-None-Match`. Weak.', schema: TEXT } }

const FILE_HEADERS = {
  [TRUNCATED_HEADER]: { description: 'Of a file: `true` where the limit cut it.', schema: TEXT },
  [NEXT_CURSOR_HEADER]: { description: 'Of a file: where the list goes on.', schema: TEXT },
  [META_HEADER]: { description: 'Of a file: `meta` as JSON.', schema: TEXT },
}
