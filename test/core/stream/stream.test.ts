import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createStreamFolder, foldStream } from '#core/stream/index.ts'

const USAGE = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 }

function folded(provider: string, chunks: readonly unknown[]) {
  const result = foldStream(undefined, provider, chunks)
  assert.ok(result)
  return result
}

describe('Chat Completions', () => {
  const chunk = (parts: object) => ({ id: 'chatcmpl-1', model: 'gpt-4o-2024-08-06', usage: null, ...parts })
  const text = chunk({ choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] })
  const stop = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })

  it('have their usage in a last chunk without choices', () => {
    const last = chunk({ choices: [], usage: USAGE, service_tier: 'default' })
    assert.deepEqual(folded('openai', [text, stop, last]), {
      usage: USAGE,
      format: 'openai_chat',
      complete: true,
      model: 'gpt-4o-2024-08-06',
      responseId: 'chatcmpl-1',
      serviceTier: 'default',
    })
  })

  it('have none if it was not asked for, or if the stream breaks off', () => {
    assert.equal(foldStream(undefined, 'openai', [text, stop]), undefined)
    assert.equal(foldStream('openai_chat', 'openai', [text]), undefined)
    assert.equal(foldStream('openai_chat', 'openai', []), undefined)
  })

  it('repeat cumulative usage at some gateways: the last holds, and is partial until something finished', () => {
    const running = { ...text, usage: { ...USAGE, completion_tokens: 3, total_tokens: 12 } }
    assert.equal(folded('openai', [running]).complete, false)
    const result = folded('openai', [running, { ...stop, usage: USAGE }])
    assert.deepEqual([result.usage, result.complete], [USAGE, true])
  })

  it('speak the dialect of their provider', () => {
    const last = chunk({ choices: [], usage: USAGE })
    assert.equal(folded('xai', [last]).format, 'xai_chat')
    assert.equal(folded('mistral', [{ data: last }]).format, 'mistral')
    assert.equal(folded('nobody', [last]).format, 'openai_chat')
    assert.equal(foldStream('litellm', 'anthropic', [last])?.format, 'litellm')
  })

  it('may have it in x_groq, or in the choice', () => {
    const groq = { ...stop, x_groq: { id: 'req_1', usage: USAGE } }
    const moonshot = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: USAGE }] })
    for (const last of [groq, moonshot]) {
      assert.deepEqual(folded('openai', [text, last]).usage, USAGE)
    }
  })
})

describe('Responses and Realtime', () => {
  const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 }
  const created = { type: 'response.created', response: { id: 'resp_1', model: 'gpt-5.6-sol', usage: null } }
  const delta = { type: 'response.output_text.delta', delta: 'Hi', item_id: 'msg_1' }

  for (const type of ['response.completed', 'response.incomplete', 'response.failed', 'response.done']) {
    it(`have it in ${type}`, () => {
      const end = { type, response: { id: 'resp_1', service_tier: 'flex', usage } }
      assert.deepEqual(folded('openai', [created, delta, end]), {
        usage,
        format: 'openai_responses',
        complete: true,
        model: 'gpt-5.6-sol',
        responseId: 'resp_1',
        serviceTier: 'flex',
      })
    })
  }

  it('have none before their end, nor when they failed without any', () => {
    const failed = { type: 'response.failed', response: { id: 'resp_1', usage: null } }
    assert.equal(foldStream(undefined, 'openai', [created, delta]), undefined)
    assert.equal(foldStream(undefined, 'openai', [created, failed]), undefined)
  })
})

describe('Anthropic', () => {
  const start = {
    type: 'message_start',
    message: {
      id: 'msg_1',
      model: 'claude-sonnet-4-5-20250929',
      usage: {
        input_tokens: 25,
        cache_creation_input_tokens: 100,
        cache_read_input_tokens: 7,
        cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
        output_tokens: 1,
        service_tier: 'standard',
      },
    },
  }
  const delta = (usage: object) => ({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage })

  it('counts are cumulative: later ones replace earlier ones and null keeps them', () => {
    const result = folded('anthropic', [
      start,
      { type: 'ping' },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
      delta({ output_tokens: 9 }),
      delta({ output_tokens: 15, input_tokens: null, cache_read_input_tokens: 7 }),
      { type: 'message_stop' },
    ])
    assert.deepEqual(result, {
      usage: { ...start.message.usage, output_tokens: 15 },
      format: 'anthropic',
      complete: true,
      model: 'claude-sonnet-4-5-20250929',
      responseId: 'msg_1',
    })
  })

  it('that breaks off has its exact input and is not complete', () => {
    const result = folded('anthropic', [start])
    assert.deepEqual([result.usage, result.complete], [start.message.usage, false])
  })

  it('may have its usage directly on message_start', () => {
    const chunks = [
      { type: 'message_start', usage: { input_tokens: 25, output_tokens: 1 } },
      { type: 'message_delta', usage: { output_tokens: 15 } },
    ]
    assert.deepEqual(folded('anthropic', chunks).usage, { input_tokens: 25, output_tokens: 15 })
  })

  it('keeps its shape at Bedrock and Vertex', () => {
    for (const provider of ['aws_bedrock', 'gcp_vertex']) {
      assert.equal(folded(provider, [start, delta({ output_tokens: 15 })]).format, 'anthropic')
    }
  })
})

describe('Gemini', () => {
  const chunk = (usageMetadata: object, finishReason?: string) => ({
    candidates: [{ content: { parts: [{ text: 'Hi' }] }, ...(finishReason && { finishReason }) }],
    usageMetadata,
    modelVersion: 'gemini-2.5-pro',
    responseId: 'r1',
  })

  it('repeats its usage: the last chunk that has counts holds, whole', () => {
    const last = { promptTokenCount: 10, candidatesTokenCount: 20, totalTokenCount: 30 }
    const result = folded('gcp_vertex', [
      chunk({ trafficType: 'ON_DEMAND' }),
      chunk({ promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 3, totalTokenCount: 18 }),
      chunk(last, 'STOP'),
      chunk({ trafficType: 'ON_DEMAND' }),
    ])
    assert.deepEqual(result, {
      usage: last,
      format: 'gemini',
      complete: true,
      model: 'gemini-2.5-pro',
      responseId: 'r1',
    })
  })

  it('is complete once a candidate finished, a prompt was blocked or a turn is over', () => {
    const usageMetadata = { promptTokenCount: 10 }
    const complete = (parts: object) => folded('google', [{ usageMetadata, ...parts }]).complete
    assert.equal(complete({}), false)
    assert.equal(complete({ candidates: [{ finishReason: 'MAX_TOKENS' }] }), true)
    assert.equal(complete({ promptFeedback: { blockReason: 'SAFETY' } }), true)
    assert.equal(complete({ serverContent: { turnComplete: true } }), true)
  })

  it('comes in snake_case from Python', () => {
    const chunks = [
      {
        candidates: [{ finish_reason: 'STOP' }],
        usage_metadata: { prompt_token_count: 4 },
        model_version: 'm',
      },
    ]
    assert.deepEqual(folded('google', chunks), {
      usage: { prompt_token_count: 4 },
      format: 'gemini',
      complete: true,
      model: 'm',
    })
  })
})

describe('Bedrock and Cohere', () => {
  const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 }

  it('ConverseStream has it in its metadata, wrapped or not', () => {
    const before = [{ messageStart: { role: 'assistant' } }, { messageStop: { stopReason: 'end_turn' } }]
    const metadata = { usage, metrics: { latencyMs: 500 }, serviceTier: { type: 'flex' } }
    for (const end of [{ metadata }, metadata]) {
      assert.deepEqual(folded('aws_bedrock', [...before, end]), {
        usage,
        format: 'bedrock_converse',
        complete: true,
        serviceTier: 'flex',
      })
    }
    assert.equal(foldStream(undefined, 'aws_bedrock', before), undefined)
  })

  it('Cohere has it in message-end', () => {
    const tokens = { billed_units: { input_tokens: 3, output_tokens: 4 }, tokens: { input_tokens: 70 } }
    const start = { type: 'message-start', id: 'c1', delta: { message: { role: 'assistant' } } }
    const end = { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: tokens } }
    assert.deepEqual(folded('cohere', [start, end]), {
      usage: tokens,
      format: 'cohere',
      complete: true,
      responseId: 'c1',
    })
    assert.equal(foldStream(undefined, 'cohere', [start]), undefined)
  })
})

describe('usage objects without chunks', () => {
  it('are taken in a row: the last one, and field by field for Anthropic', () => {
    const earlier = { ...USAGE, completion_tokens: 1, total_tokens: 10 }
    assert.deepEqual(folded('openai', [earlier, USAGE]), {
      usage: USAGE,
      format: 'openai_chat',
      complete: true,
    })
    const anthropic = [{ input_tokens: 25, output_tokens: 1 }, { output_tokens: 15 }]
    assert.deepEqual(folded('anthropic', anthropic).usage, { input_tokens: 25, output_tokens: 15 })
  })

  it('of LangChain are increments, and not folded', () => {
    const increments = [
      { input_tokens: 25, output_tokens: 0, total_tokens: 25 },
      { input_tokens: 0, output_tokens: 15, total_tokens: 15 },
    ]
    assert.equal(foldStream('langchain', 'anthropic', increments), undefined)
  })
})

describe('whatever else comes along', () => {
  it('is skipped and never throws', () => {
    const like = fc.record(
      {
        type: fc.constantFrom('message_start', 'message_delta', 'response.completed', 'message-end', 'x'),
        message: fc.anything(),
        response: fc.anything(),
        usage: fc.anything(),
        choices: fc.anything(),
        candidates: fc.anything(),
        usageMetadata: fc.anything(),
        metadata: fc.anything(),
        metrics: fc.anything(),
        delta: fc.anything(),
        data: fc.anything(),
        x_groq: fc.anything(),
      },
      { requiredKeys: [] },
    )
    const chunks = fc.array(fc.oneof(fc.anything(), like), { maxLength: 6 })
    fc.assert(
      fc.property(chunks, fc.constantFrom('openai', 'anthropic', 'google', ''), (some, provider) => {
        foldStream(undefined, provider, some)
      }),
      { numRuns: 300 },
    )
  })

  it('changes nothing between the chunks that count, in whatever portions they come', () => {
    const stream = [
      { type: 'message_start', message: { id: 'm', usage: { input_tokens: 2, output_tokens: 1 } } },
      { type: 'message_delta', usage: { output_tokens: 8 } },
    ]
    const garbage = fc.constantFrom<unknown>(null, 1, 'data: {}', [], {}, { type: 'ping' }, { usage: 'none' })
    fc.assert(
      fc.property(fc.array(garbage), fc.array(garbage), (before, between) => {
        const folder = createStreamFolder(undefined, 'anthropic')
        for (const chunk of [...before, stream[0], ...between, stream[1]]) folder.add(chunk)
        assert.deepEqual(folder.result(), foldStream('anthropic', '', stream))
      }),
      { numRuns: 100 },
    )
  })
})
