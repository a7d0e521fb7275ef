// How the document says what a value is: JSON Schema of draft 2020-12, as OpenAPI 3.1 takes it. Objects stay open, since fields
// may be added; the tests close them, so that no answer has a field that the document does not name.

export type Schema = Readonly<Record<string, unknown>>

/** A schema among the document's components. */
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

export const TEXT: Schema = { type: 'string' }
export const FLAG: Schema = { type: 'boolean' }
export const NUMBER: Schema = { type: 'number' }
export const COUNT: Schema = ref('Count')
export const MONEY: Schema = ref('Money')
export const TIME: Schema = ref('Time')
export const CURRENCY: Schema = ref('Currency')

export const oneOf = (values: readonly string[]): Schema => ({ type: 'string', enum: values })

export const list = (items: Schema): Schema => ({ type: 'array', items })

/** Keys that are somebody's own. */
export const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values })

export const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })

export const described = (schema: Schema, description: string): Schema => ({ ...schema, description })

/** @param optional what is not always there */
export const object = (
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
})

/** One schema for each of these names. */
export const each = (names: readonly string[], schema: (name: string) => Schema): Record<string, Schema> =>
  Object.fromEntries(names.map(name => [name, schema(name)]))
