import assert from 'node:assert/strict'
import { it } from 'node:test'
import { wasTurnedDown } from '#core/price-unbilled.ts'
import { usageEvent } from './pricing-kit.ts'

const turnedDown = (error_type: string) => wasTurnedDown(usageEvent({ status: 'error', error_type }))

it('an HTTP error is the provider’s answer, by number or by its name in any SDK', () => {
  for (const name of [
    '429',
    '529',
    'HTTP 503',
    '429 Too Many Requests',
    'http_400',
    'rate_limit_error',
    'RateLimitError',
    'overloaded_error',
  ]) {
    assert.equal(turnedDown(name), true, name)
  }
  for (const name of [
    'RESOURCE_EXHAUSTED',
    'ThrottlingException',
    'insufficient_quota',
    'InternalServerError',
  ]) {
    assert.equal(turnedDown(name), true, name)
  }
})

it('a timeout, a lost connection and an error without a name may have been billed', () => {
  for (const name of [
    '',
    'timeout',
    'APITimeoutError',
    'APIConnectionError',
    'ECONNRESET',
    'AbortError',
    '14290',
    'timeout after 500 ms',
    'ReadTimeout (450s)',
    'stream closed after 512 tokens',
    '408',
    'HTTP 499',
    '504 Gateway Timeout',
    '524',
  ]) {
    assert.equal(turnedDown(name), false, name)
  }
})

it('so may a stream that broke, and any call without an error status', () => {
  const broke = usageEvent({ status: 'error', error_type: '500', output_started: true })
  assert.equal(wasTurnedDown(broke), false)
  assert.equal(wasTurnedDown(usageEvent({ status: 'aborted', error_type: '429' })), false)
})
