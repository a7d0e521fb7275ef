// The document's schemas as validators. Objects are closed first: what an answer has and the document does not name fails.

import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { openApiDocument } from '../../../services/api/openapi/document.ts'

export interface MediaType {
  readonly schema: object
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly schema: {
    readonly type?: string
    readonly enum?: readonly string[]
    readonly items?: { readonly enum?: readonly string[] }
    readonly maximum?: number
  }
  readonly required?: boolean
  readonly example?: unknown
}

export interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, object>>
  readonly content?: Readonly<Record<string, MediaType>>
}

export interface Operation {
  readonly method: string
  readonly path: string
  readonly operationId: string
  readonly tags: readonly string[]
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> }
  readonly responses: Readonly<Record<string, Response>>
}

export const document = openApiDocument()

/** All operations, their parameters resolved. */
export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    const json = operation as unknown as Operation
    return { ...json, method: method.toUpperCase(), path, parameters: json.parameters.map(resolved) }
  }),
)

function resolved(parameter: object): Parameter {
  const { $ref } = parameter as { readonly $ref?: string }
  if ($ref === undefined) return parameter as Parameter
  const found = document.components['parameters']?.[$ref.replace('#/components/parameters/', '')]
  assert.ok(found, `${$ref} leads nowhere`)
  return found as Parameter
}

export function operationOf(method: string, path: string): Operation {
  const found = operations.find(one => one.method === method && one.path === path)
  assert.ok(found, `${method} ${path} is not in the document`)
  return found
}

const ID = 'openapi'

/**
 * Objects that name their fields and do not say that there may be others have no others; references lead into the schema
 * that all components are in.
 */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed)
  if (typeof node !== 'object' || node === null) return node
  const inner = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === '$ref' ? `${ID}${value}` : closed(value)]),
  )
  return 'properties' in node && !('additionalProperties' in node)
    ? { ...inner, additionalProperties: false }
    : inner
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)$/

const ajv = new Ajv2020({
  strict: true,
  allowUnionTypes: true,
  allErrors: true,
  formats: { 'date-time': ISO },
})
ajv.addVocabulary(['components'])

ajv.addSchema({ $id: ID, components: closed({ schemas: document.components['schemas'] }) })

const validators = new Map<string, ValidateFunction>()

/** Compiled once; strictly, with everything that it refers to. */
function validatorOf(schema: object): ValidateFunction {
  const text = JSON.stringify(closed(schema))
  const validate = validators.get(text) ?? ajv.compile(JSON.parse(text))
  validators.set(text, validate)
  return validate
}

/** Says what is wrong with a value; '' where nothing is. */
export function complaints(schema: object, value: unknown): string {
  const validate = validatorOf(schema)
  return validate(value) ? '' : ajv.errorsText(validate.errors, { separator: '\n' })
}

export const isSchema = (schema: object): boolean => ajv.validateSchema(schema) === true
