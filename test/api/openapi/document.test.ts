// The document for itself: it is valid OpenAPI 3.1, nothing in it leads nowhere, and its examples are what it says they are.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { ERRORS, type ErrorCode } from '#core/errors.ts'
import { PROBLEM_TYPE } from '#platform/problem.ts'
import { MAX_EVENTS as MAX_QUOTED } from '../../../services/api/quote/body.ts'
import { MAX_EVENTS } from '../../../services/collector/read-candidates.ts'
import { OPENAPI_SCHEMA } from './meta-schema.ts'
import { complaints, document, isSchema, type MediaType, operations } from './validator.ts'

const schemas = document.components['schemas'] ?? {}
const parameters = document.components['parameters'] ?? {}

/** Every media type of requests and answers, by where it stands. */
const media: readonly (readonly [where: string, type: string, MediaType])[] = operations.flatMap(
  operation => {
    const contents = [
      ...Object.entries(operation.responses).map(([status, { content }]) => [status, content] as const),
      ['request', operation.requestBody?.content] as const,
    ]
    return contents.flatMap(([place, content]) =>
      Object.entries(content ?? {}).map(
        ([type, one]) => [`${operation.operationId} ${place} ${type}`, type, one] as const,
      ),
    )
  },
)

const refsOf = (node: unknown): string[] =>
  JSON.stringify(node)
    .match(/"\$ref":"[^"]+"/g)
    ?.map(text => text.slice(8, -1)) ?? []

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', () => {
    const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true })
    const validate = ajv.compile(OPENAPI_SCHEMA)
    assert.ok(validate(document), ajv.errorsText(validate.errors, { separator: '\n' }))
    assert.ok(!validate({ ...document, openapi: '3.0.3' }), 'the meta schema accepts anything')
    assert.ok(!validate({ ...document, paths: { '/x': { get: {} } } }), 'the meta schema accepts anything')
  })

  it('has schemas that are JSON Schema of draft 2020-12', () => {
    const all = [
      ...Object.entries(schemas),
      ...media.map(([where, , { schema }]) => [where, schema] as const),
      ...operations.flatMap(({ operationId, parameters: own }) =>
        own.map(({ name, schema }) => [`${operationId} ${name}`, schema] as const),
      ),
    ]
    assert.ok(all.length > 100)
    for (const [name, schema] of all) {
      assert.ok(isSchema(schema), name)
      // Compiles it, strictly, with everything that it refers to.
      complaints(schema, null)
    }
    assert.ok(!isSchema({ type: 'text' }), 'anything is a schema')
  })

  it('names every operation once, with tags and keys that it declares', () => {
    const ids = operations.map(({ operationId }) => operationId)
    assert.equal(new Set(ids).size, ids.length)
    const tags = document.tags.map(tag => (tag as { name: string }).name)
    const used = new Set(operations.flatMap(operation => operation.tags))
    assert.deepEqual([...used].toSorted(), tags.toSorted())
    for (const { operationId, security } of operations) {
      for (const scheme of security.flatMap(Object.keys)) {
        assert.ok(document.components['securitySchemes']?.[scheme], `${operationId}: ${scheme}`)
      }
    }
  })

  it('declares the parameters of its paths, and no parameter twice', () => {
    for (const { operationId, path, parameters: own } of operations) {
      const inPath = own.filter(one => one.in === 'path').map(({ name }) => name)
      assert.deepEqual(
        inPath,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        operationId,
      )
      const names = own.map(one => `${one.in} ${one.name}`)
      assert.equal(new Set(names).size, names.length, operationId)
    }
  })

  it('has no component that nothing refers to, and no reference that leads nowhere', () => {
    const referred = new Set(refsOf(document))
    const components = [
      ...Object.keys(schemas).map(name => `#/components/schemas/${name}`),
      ...Object.keys(parameters).map(name => `#/components/parameters/${name}`),
    ]
    assert.deepEqual([...referred].toSorted(), components.toSorted())
  })

  it('has an example of every body, and each is valid', () => {
    for (const [where, type, { schema, example, examples }] of media) {
      const values = examples ? Object.values(examples).map(({ value }) => value) : [example]
      assert.ok(values.length > 0 && !values.includes(undefined), `${where} has no example`)
      for (const value of values) assert.equal(complaints(schema, value), '', `${where} (${type})`)
    }
    for (const { name, schema, example } of operations.flatMap(operation => operation.parameters)) {
      if (example !== undefined) assert.equal(complaints(schema, example), '', name)
    }
  })

  it('has problem bodies whose status is that of the answer', () => {
    for (const { operationId, responses } of operations) {
      for (const [status, { content }] of Object.entries(responses)) {
        const problem = content?.[PROBLEM_TYPE]
        if (!problem) continue
        for (const { value } of Object.values(problem.examples ?? {})) {
          assert.equal(String((value as { status: number }).status), status, operationId)
        }
      }
    }
  })

  it('says of every code that an answer may carry where it may', () => {
    const codes = Object.keys(ERRORS) as ErrorCode[]
    const ofRequests = codes.filter(code => ERRORS[code].status !== 422 || code === 'nothing_acceptable')
    const text = JSON.stringify(operations.map(({ responses }) => responses))
    const missing = ofRequests.filter(code => !text.includes(`\`${code}\``))
    assert.deepEqual(missing, [])
  })

  it('may speak of one limit of events for both ways to send them', () => {
    assert.equal(MAX_EVENTS, MAX_QUOTED)
  })
})
