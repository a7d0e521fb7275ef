import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { xml } from '#adapters/clickhouse/server/xml.ts'

describe('xml', () => {
  it('makes elements by tag, one for each item of an array', () => {
    assert.equal(xml({ a: { b: 1, c: ['x', 'y'], d: '' } }), '<a><b>1</b><c>x</c><c>y</c><d></d></a>')
  })

  it('makes attributes of names with an @', () => {
    assert.equal(xml({ a: { '@replace': 'r"', b: 1 } }), '<a replace="r&#34;"><b>1</b></a>')
    assert.equal(xml({ a: { '@remove': 1 } }), '<a remove="1"></a>')
  })

  it('escapes text', () => {
    assert.equal(xml({ a: `<&>'"` }), '<a>&#60;&#38;&#62;&#39;&#34;</a>')
  })

  it('indents', () => {
    assert.equal(xml({ a: { b: { c: [1, 2] } } }, 2), '<a>\n  <b>\n    <c>1</c>\n    <c>2</c>\n  </b>\n</a>')
  })
})
