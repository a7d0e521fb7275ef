import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canBothHold, compileWhen, parseWindow, type WhenJson } from '#core/price-conditions.ts'
import { type EventParts, usageEvent } from './pricing-kit.ts'

const NOWHERE = { regionClass: '', geo: '', deploymentType: '' }
const holds = (when: WhenJson, parts: EventParts, place = NOWHERE): boolean =>
  compileWhen(when)(usageEvent(parts), place)

describe('a condition', () => {
  it('holds when all of its clauses do, in any case of letters', () => {
    assert.equal(holds({ service_tier: ['priority', 'fast'] }, { service_tier: 'Fast' }), true)
    assert.equal(holds({ service_tier: ['flex'], batch: true }, { service_tier: 'flex' }), false)
    assert.equal(holds({}, {}), true)
  })

  it('on a batch also sees the tier that some write instead', () => {
    assert.equal(holds({ batch: true }, { service_tier: 'batch' }), true)
    assert.equal(holds({ batch: false }, { service_tier: 'batch' }), false)
  })

  it('on begun output takes what is unknown from what came out', () => {
    assert.equal(holds({ output_started: false }, {}), true)
    assert.equal(holds({ output_started: false }, { tokens: { reasoning: 1 } }), false)
    assert.equal(holds({ output_started: true }, { output_started: true }), true)
  })

  it('on a place reads OpenAI’s regional hosts and what the name or an alias says', () => {
    assert.equal(holds({ inference_geo: ['eu'] }, { host: 'eu.api.openai.com' }), true)
    assert.equal(holds({ inference_geo: ['eu'] }, { host: 'eu.api.openai.com.evil.example' }), false)
    assert.equal(holds({ inference_geo: ['us'] }, { host: 'eu.api.openai.com', inference_geo: 'us' }), true)
    assert.equal(holds({ region_class: ['geo'] }, {}, { ...NOWHERE, regionClass: 'geo' }), true)
    const place = { ...NOWHERE, deploymentType: 'DataZoneStandard' }
    assert.equal(
      holds({ deployment_type: ['datazonestandard'] }, { deployment_type: 'Standard' }, place),
      true,
    )
  })

  it('on time holds from the first minute to before the last, on its days, in UTC', () => {
    const when: WhenJson = {
      time: { tz: 'UTC', days: ['mon', 'tue', 'wed', 'thu', 'fri'], windows: ['01:00-04:00', '06:00-10:00'] },
    }
    const at = (text: string) => holds(when, { occurred_at: Date.parse(text) })
    assert.equal(at('2026-08-24T01:00:00Z'), true)
    assert.equal(at('2026-08-24T03:59:59.999Z'), true)
    assert.equal(at('2026-08-24T04:00:00Z'), false)
    assert.equal(at('2026-08-24T00:59:59.999Z'), false)
    assert.equal(at('2026-08-24T09:00:00Z'), true)
    assert.equal(at('2026-08-23T02:00:00Z'), false, 'a Sunday')
  })
})

it('a window lies within one day', () => {
  assert.deepEqual(parseWindow('00:00-24:00'), [0, 1440])
  for (const text of ['04:00-04:00', '22:00-02:00', '00:00-24:01', '1:00-2:00', '00:60-01:00', '']) {
    assert.equal(parseWindow(text), undefined, text)
  }
})

it('two conditions exclude one another by one clause that cannot hold for both', () => {
  assert.equal(canBothHold({ service_tier: ['flex'] }, { service_tier: ['Fast', 'FLEX'] }), true)
  assert.equal(canBothHold({ service_tier: ['flex'] }, { service_tier: ['fast'] }), false)
  assert.equal(canBothHold({ batch: true, speed: ['fast'] }, { batch: false, speed: ['fast'] }), false)
  assert.equal(canBothHold({ batch: true }, { speed: ['fast'] }), true)
})
