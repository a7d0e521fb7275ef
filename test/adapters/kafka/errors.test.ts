import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isGenerationGone, isTooLarge, toLogError } from '#adapters/kafka/errors.ts'
import { LedgerError } from '#core/errors.ts'

/** An error as kafkajs makes them: what it is stands in fields, and causes are nested. */
const kafkaError = (fields: object, message = 'said by the broker', cause?: unknown): Error =>
  Object.assign(new Error(message, cause === undefined ? {} : { cause }), fields)

const wrapped = (error: Error): Error =>
  kafkaError(
    { name: 'KafkaJSNumberOfRetriesExceeded', retriable: false },
    'tried several times',
    kafkaError({ name: 'KafkaJSNonRetriableError', retriable: false }, 'not retriable', error),
  )

describe('errors of the brokers', () => {
  for (const [fields, code] of [
    [{ type: 'TOPIC_AUTHORIZATION_FAILED' }, 'log_denied'],
    [{ type: 'GROUP_AUTHORIZATION_FAILED' }, 'log_denied'],
    [{ type: 'CLUSTER_AUTHORIZATION_FAILED' }, 'log_denied'],
    [{ type: 'SASL_AUTHENTICATION_FAILED' }, 'log_denied'],
    [{ type: 'UNSUPPORTED_SASL_MECHANISM' }, 'log_denied'],
    [{ name: 'KafkaJSSASLAuthenticationError' }, 'log_denied'],
    [{ name: 'KafkaJSConnectionError', code: 'ECONNREFUSED' }, 'log_unavailable'],
    [{ name: 'KafkaJSConnectionClosedError' }, 'log_unavailable'],
    [{ name: 'KafkaJSRequestTimeoutError' }, 'log_unavailable'],
    [{ name: 'KafkaJSNoBrokerAvailableError' }, 'log_unavailable'],
    // Said of an outage as well as of a denial, so it is no denial by itself.
    [{ name: 'KafkaJSGroupCoordinatorNotFound', retriable: false }, 'log_unavailable'],
    [{ type: 'NOT_ENOUGH_REPLICAS' }, 'log_unavailable'],
    [{ type: 'UNKNOWN_TOPIC_OR_PARTITION' }, 'log_unavailable'],
    [{ name: 'TypeError' }, 'log_unavailable'],
  ] as const) {
    test(`${Object.values(fields)[0]} is ${code}, however deep it stands`, () => {
      for (const error of [kafkaError(fields), wrapped(kafkaError(fields))]) {
        const found = toLogError(error)
        assert.equal(found.code, code)
        assert.match(found.message, /said by the broker/)
        assert.equal(found.cause, error)
      }
    })
  }

  test('a LedgerError stays what it is', () => {
    const error = new LedgerError('record_too_large')
    assert.equal(toLogError(error), error)
  })

  test('what is no error at all is still one of the log', () => {
    assert.equal(toLogError('gone').code, 'log_unavailable')
    assert.equal(toLogError(undefined).code, 'log_unavailable')
  })

  test('causes that go round in a circle come to an end', () => {
    const error = kafkaError({})
    Object.assign(error, { cause: error })
    assert.equal(toLogError(error).code, 'log_unavailable')
  })

  test('too large and a generation that is gone are told from the rest', () => {
    for (const type of ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']) {
      assert.ok(isTooLarge(wrapped(kafkaError({ type }))))
    }
    for (const type of ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']) {
      assert.ok(isGenerationGone(wrapped(kafkaError({ type }))))
    }
    assert.ok(!isTooLarge(kafkaError({ type: 'REBALANCE_IN_PROGRESS' })))
    assert.ok(!isGenerationGone(kafkaError({ type: 'TOPIC_AUTHORIZATION_FAILED' })))
  })
})
