// The part of OpenAPI 3.1 that the document may use, as a schema of its objects. Closed everywhere: what is not in here is
// either a mistake or wants to be added with a look at https://spec.openapis.org/oas/v3.1.1.html. Schema Objects are checked by
// the meta schema of JSON Schema itself.

const text = { type: 'string', minLength: 1 }
const texts = { type: 'array', items: text }

const object = (properties: Readonly<Record<string, object>>, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

const mapOf = (values: object, names?: string) => ({
  type: 'object',
  additionalProperties: values,
  ...(names === undefined ? {} : { propertyNames: { pattern: names } }),
})

const def = (name: string) => ({ $ref: `#/$defs/${name}` })

const COMPONENT_NAME = '^[a-zA-Z0-9._-]+$'

const parameter = (places: readonly string[], required: object, needed: readonly string[]) =>
  object(
    {
      name: text,
      in: { enum: places },
      description: text,
      required,
      schema: def('schema'),
      style: { const: 'form' },
      explode: { type: 'boolean' },
      example: {},
    },
    ['name', 'in', 'schema', ...needed],
  )

export const OPENAPI_SCHEMA = {
  ...object(
    {
      openapi: { type: 'string', pattern: '^3\\.1\\.\\d+$' },
      info: object(
        {
          title: text,
          version: text,
          description: text,
          license: object({ name: text, identifier: text }, ['name']),
        },
        ['title', 'version'],
      ),
      servers: { type: 'array', items: object({ url: text }, ['url']) },
      tags: { type: 'array', items: object({ name: text, description: text }, ['name']) },
      paths: {
        type: 'object',
        propertyNames: { pattern: '^/' },
        additionalProperties: object({ get: def('operation'), post: def('operation') }),
      },
      components: object({
        schemas: mapOf(def('schema'), COMPONENT_NAME),
        parameters: mapOf(def('parameter'), COMPONENT_NAME),
        securitySchemes: mapOf(
          object(
            {
              type: { const: 'http' },
              scheme: { const: 'bearer' },
              bearerFormat: text,
              description: text,
            },
            ['type', 'scheme'],
          ),
          COMPONENT_NAME,
        ),
      }),
    },
    ['openapi', 'info', 'paths'],
  ),
  $defs: {
    schema: { type: 'object' },
    reference: object({ $ref: { type: 'string', pattern: '^#/components/' } }, ['$ref']),
    parameter: {
      anyOf: [
        parameter(['query', 'header'], { type: 'boolean' }, []),
        parameter(['path'], { const: true }, ['required']),
      ],
    },
    operation: object(
      {
        operationId: text,
        tags: texts,
        summary: text,
        description: text,
        security: { type: 'array', items: mapOf(texts) },
        parameters: { type: 'array', items: { anyOf: [def('reference'), def('parameter')] } },
        requestBody: object({ required: { type: 'boolean' }, description: text, content: def('content') }, [
          'content',
        ]),
        responses: {
          ...mapOf(def('response'), '^[1-5]\\d\\d$'),
          minProperties: 1,
        },
      },
      ['operationId', 'responses'],
    ),
    response: object(
      {
        description: text,
        headers: mapOf(object({ description: text, schema: def('schema') }, ['schema'])),
        content: def('content'),
      },
      ['description'],
    ),
    content: mapOf(
      {
        ...object({
          schema: def('schema'),
          example: {},
          examples: mapOf(object({ summary: text, value: {} }, ['value'])),
        }),
        // One or the other: https://spec.openapis.org/oas/v3.1.1.html#media-type-object
        not: { type: 'object', required: ['example', 'examples'] },
      },
      '^[a-z]+/[a-z0-9.+-]+$',
    ),
  },
}
