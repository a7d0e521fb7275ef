// How providers that speak OpenAI's dialect differ from OpenAI, one row each with the reason. Where a provider is missing it
// is read as OpenAI: cached and written tokens inside the input, reasoning inside the output, the total their sum.

/** What is different from OpenAI; a row names only what is. */
export interface OpenaiQuirks {
  /** Counts of cached tokens beside the details object, the first that is there. */
  readonly cached?: readonly string[]
  /** Counts of written tokens in the input's details object under other names than cache_write_tokens. */
  readonly written?: readonly string[]
  /** Reasoning lies beside the completion where no total says where. Of Chat Completions only. */
  readonly reasoningBeside?: boolean
  /** Reasoning as a field of the usage object itself. */
  readonly reasoningAtTop?: boolean
  /** Reasoning is beside the completion and the total leaves it out. */
  readonly totalWithoutReasoning?: boolean
  /** More cached tokens than the prompt has mean that the prompt leaves them out. */
  readonly promptMayExcludeCached?: boolean
  /** The field that must make up the prompt together with the cached tokens. */
  readonly missed?: string
  /** Optional counts may be null: servers in Python dump absent fields so. */
  readonly nulls?: boolean
}

const PLAIN: OpenaiQuirks = { nulls: true }

const QUIRKS = new Map<string, OpenaiQuirks>(
  Object.entries({
    // OpenAI's own SDKs and Azure leave out what is not there: a null is a fault of whoever wrote it.
    openai: {},
    azure_openai: {},
    // Reads and misses are named at the top and sum to the prompt. https://api-docs.deepseek.com/guides/kv_cache
    deepseek: { nulls: true, cached: ['prompt_cache_hit_tokens'], missed: 'prompt_cache_miss_tokens' },
    // Chat leaves reasoning out of the completion, Responses puts it in; the total decides where there is one.
    xai: {
      nulls: true,
      reasoningBeside: true,
      promptMayExcludeCached: true,
      reasoningAtTop: true,
      cached: ['cached_prompt_text_tokens'],
    },
    // Three names for one count, by API version.
    mistral: { nulls: true, cached: ['num_cached_tokens', 'numCachedTokens'] },
    // Deep research reasons and cites beside the completion, and its total is prompt and completion only.
    perplexity: { nulls: true, reasoningAtTop: true, totalWithoutReasoning: true },
    // Context caching is reported at the top. https://platform.moonshot.ai/docs/api/chat
    moonshotai: { nulls: true, cached: ['cached_tokens'] },
    // Explicit caching reports its writes in the details, under Anthropic's name.
    alibaba: { nulls: true, cached: ['cached_tokens'], written: ['cache_creation_input_tokens'] },
    // Cached tokens at the top on some models.
    together: { nulls: true, cached: ['cached_tokens'] },
    // Anthropic's names through an OpenAI-like endpoint.
    anthropic: { nulls: true, cached: ['cached_tokens'] },
    // Timings (queue_time, prompt_time) lie beside the counts and are not read.
    groq: PLAIN,
    // Reasoning at the top, without a details object.
    modal: { nulls: true, reasoningAtTop: true },
  } satisfies Record<string, OpenaiQuirks>),
)

/** The quirks of a provider; nothing but nulls for one without a row. */
export const quirksOf = (provider: string): OpenaiQuirks =>
  QUIRKS.get(provider) ?? (provider === '' ? {} : PLAIN)
