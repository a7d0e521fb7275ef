// A schema reduced to what decides how bytes are read: the Avro specification's Parsing Canonical Form
// (https://avro.apache.org/docs/1.12.0/specification/#parsing-canonical-form-for-schemas). Fingerprints and the guard are
// made from it; a mistake here is a fingerprint that no other language agrees with.

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const

export type Primitive = (typeof PRIMITIVES)[number]

/** A schema with full names, without docs, defaults, aliases and logical types. A bare name refers to an earlier type. */
export type CanonicalSchema = Primitive | (string & {}) | readonly CanonicalSchema[] | CanonicalComplex

export type CanonicalComplex =
  | { name: string; type: 'record'; fields: { name: string; type: CanonicalSchema }[] }
  | { name: string; type: 'enum'; symbols: string[] }
  | { name: string; type: 'fixed'; size: number }
  | { type: 'array'; items: CanonicalSchema }
  | { type: 'map'; values: CanonicalSchema }

export const isPrimitive = (name: string): name is Primitive =>
  (PRIMITIVES as readonly string[]).includes(name)

/**
 * The canonical form of a schema that was parsed from JSON; `JSON.stringify` of it is the text that is fingerprinted.
 *
 * @throws TypeError when the value is not an Avro schema.
 */
export function canonicalSchema(schema: unknown, namespace = ''): CanonicalSchema {
  if (typeof schema === 'string') return isPrimitive(schema) ? schema : fullName(schema, namespace)
  if (Array.isArray(schema)) return schema.map(branch => canonicalSchema(branch, namespace))
  if (!isObject(schema)) throw new TypeError('an Avro schema is a name, a list or an object')

  switch (schema['type']) {
    case 'array':
      return { type: 'array', items: canonicalSchema(schema['items'], namespace) }
    case 'map':
      return { type: 'map', values: canonicalSchema(schema['values'], namespace) }
    case 'record':
    case 'enum':
    case 'fixed':
      return canonicalNamed(schema, namespace)
    default:
      return canonicalSchema(schema['type'], namespace)
  }
}

function canonicalNamed(schema: Record<string, unknown>, outer: string): CanonicalComplex {
  const name = fullName(String(schema['name']), String(schema['namespace'] ?? outer))
  switch (schema['type']) {
    case 'record': {
      const namespace = name.slice(0, Math.max(0, name.lastIndexOf('.')))
      const fields = (schema['fields'] as Record<string, unknown>[]).map(field => ({
        name: String(field['name']),
        type: canonicalSchema(field['type'], namespace),
      }))
      return { name, type: 'record', fields }
    }
    case 'enum':
      return { name, type: 'enum', symbols: (schema['symbols'] as unknown[]).map(String) }
    default:
      return { name, type: 'fixed', size: Number(schema['size']) }
  }
}

const fullName = (name: string, namespace: string): string =>
  name.includes('.') || namespace === '' ? name : `${namespace}.${name}`

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
