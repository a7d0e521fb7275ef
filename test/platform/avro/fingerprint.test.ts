import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalSchema } from '#platform/avro/canonical-schema.ts'
import { fingerprint } from '#platform/avro/fingerprint.ts'

// From the test data of the Avro project, share/test/data/schema-tests.txt: schema, canonical form, signed fingerprint.
const VECTORS: [unknown, string, bigint][] = [
  ['null', '"null"', 7195948357588979594n],
  [{ type: 'boolean' }, '"boolean"', -6970731678124411036n],
  ['int', '"int"', 8247732601305521295n],
  ['long', '"long"', -3434872931120570953n],
  ['string', '"string"', -8142146995180207161n],
  [['int', { type: 'boolean' }], '["int","boolean"]', 5392556393470105090n],
  [
    { fields: [], type: 'record', name: 'foo', namespace: 'x.y' },
    '{"name":"x.y.foo","type":"record","fields":[]}',
    5916914534497305771n,
  ],
  [
    { fields: [], type: 'record', name: 'a.b.foo', namespace: 'x.y' },
    '{"name":"a.b.foo","type":"record","fields":[]}',
    -4616218487480524110n,
  ],
  [
    {
      fields: [
        { type: 'boolean', aliases: [], name: 'f1', default: 'true' },
        { order: 'descending', name: 'f2', doc: 'Hello', type: 'int' },
      ],
      type: 'record',
      name: 'foo',
    },
    '{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"},{"name":"f2","type":"int"}]}',
    -4860222112080293046n,
  ],
  [
    { namespace: 'x.y.z', type: 'enum', name: 'foo', doc: 'foo bar', symbols: ['A1', 'A2'] },
    '{"name":"x.y.z.foo","type":"enum","symbols":["A1","A2"]}',
    -4448647247586288245n,
  ],
  [
    { namespace: 'x.y.z', type: 'fixed', name: 'foo', doc: 'foo bar', size: 32 },
    '{"name":"x.y.z.foo","type":"fixed","size":32}',
    -3064184465700546786n,
  ],
  [{ items: { type: 'null' }, type: 'array' }, '{"type":"array","items":"null"}', -589620603366471059n],
  [{ values: 'string', type: 'map' }, '{"type":"map","values":"string"}', -8732877298790414990n],
]

for (const [schema, canonical, expected] of VECTORS) {
  test(`canonical form and CRC-64-AVRO of ${canonical}`, () => {
    const text = JSON.stringify(canonicalSchema(schema))
    assert.equal(text, canonical)
    assert.equal(BigInt.asIntN(64, fingerprint(text)), expected)
  })
}

test('a type inside a record takes the namespace of the record', () => {
  const schema = {
    type: 'record',
    name: 'Outer',
    namespace: 'a.b',
    fields: [
      { name: 'inner', type: { type: 'enum', name: 'Inner', symbols: ['X'] } },
      { name: 'again', type: ['null', 'Inner'] },
    ],
  }
  assert.equal(
    JSON.stringify(canonicalSchema(schema)),
    '{"name":"a.b.Outer","type":"record","fields":[' +
      '{"name":"inner","type":{"name":"a.b.Inner","type":"enum","symbols":["X"]}},' +
      '{"name":"again","type":["null","a.b.Inner"]}]}',
  )
})

test('what is no schema is refused', () => {
  assert.throws(() => canonicalSchema(7), TypeError)
  assert.throws(() => canonicalSchema({}), TypeError)
})
