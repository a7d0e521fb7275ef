// What the made-up product does with models: eight features of six models, each with its own rhythm and shape of call.

export interface Model {
  readonly provider: 'openai' | 'anthropic' | 'google'
  readonly name: string
  /** The snapshot that answers, where the name is an alias. */
  readonly served?: string
}

export const GPT: Model = { provider: 'openai', name: 'gpt-5.4', served: 'gpt-5.4-2026-03-05' }
const GPT_MINI: Model = { provider: 'openai', name: 'gpt-5.4-mini' }
const HAIKU: Model = {
  provider: 'anthropic',
  name: 'claude-haiku-4-5',
  served: 'claude-haiku-4-5-20251001',
}
const SONNET: Model = { provider: 'anthropic', name: 'claude-sonnet-5' }
export const OPUS: Model = { provider: 'anthropic', name: 'claude-opus-5' }
const FLASH: Model = { provider: 'google', name: 'gemini-3.6-flash' }

export interface Feature {
  readonly name: string
  readonly team: string
  readonly service: string
  readonly task: string
  readonly model: Model
  /** Calls on an ordinary weekday. */
  readonly perDay: number
  /** Whether people use it at work (office hours, hardly at weekends) or their customers do, all around the clock. */
  readonly rhythm: 'office' | 'always'
  /** Tokens of the prompt that every call shares and providers cache; 0 for none. */
  readonly shared: number
  /** Medians of tokens. */
  readonly input: number
  readonly output: number
  readonly reasoning: number
  readonly streaming: boolean
}

export const SUPPORT_CHAT = 'support-chat'
export const DOC_SEARCH = 'doc-search'
export const CODE_REVIEW = 'code-review'
export const RESEARCH_AGENT = 'research-agent'
export const INTENT_ROUTER = 'intent-router'
export const SQL_ASSISTANT = 'sql-assistant'

export const FEATURES: readonly Feature[] = [
  {
    name: INTENT_ROUTER,
    team: 'support',
    service: 'chat-api',
    task: 'classification',
    model: HAIKU,
    perDay: 760,
    rhythm: 'always',
    shared: 0,
    input: 620,
    output: 12,
    reasoning: 0,
    streaming: false,
  },
  {
    name: SUPPORT_CHAT,
    team: 'support',
    service: 'chat-api',
    task: 'chat',
    model: SONNET,
    perDay: 540,
    rhythm: 'always',
    shared: 6_400,
    input: 1_150,
    output: 320,
    reasoning: 0,
    streaming: true,
  },
  {
    name: DOC_SEARCH,
    team: 'search',
    service: 'search-api',
    task: 'rag',
    model: GPT_MINI,
    perDay: 460,
    rhythm: 'office',
    shared: 1_280,
    input: 3_100,
    output: 240,
    reasoning: 0,
    streaming: true,
  },
  {
    name: 'email-drafts',
    team: 'growth',
    service: 'mail-worker',
    task: 'generation',
    model: GPT_MINI,
    perDay: 220,
    rhythm: 'office',
    shared: 0,
    input: 880,
    output: 360,
    reasoning: 0,
    streaming: false,
  },
  {
    name: SQL_ASSISTANT,
    team: 'data',
    service: 'insights',
    task: 'code',
    model: GPT,
    perDay: 150,
    rhythm: 'office',
    shared: 2_048,
    input: 2_500,
    output: 380,
    reasoning: 640,
    streaming: true,
  },
  {
    name: CODE_REVIEW,
    team: 'platform',
    service: 'ci-bot',
    task: 'code',
    model: SONNET,
    perDay: 120,
    rhythm: 'office',
    shared: 4_800,
    input: 6_200,
    output: 820,
    reasoning: 0,
    streaming: false,
  },
  {
    name: RESEARCH_AGENT,
    team: 'data',
    service: 'agents',
    task: 'agent',
    model: GPT,
    perDay: 110,
    rhythm: 'office',
    shared: 1_536,
    input: 5_200,
    output: 450,
    reasoning: 300,
    streaming: false,
  },
  {
    name: 'meeting-notes',
    team: 'growth',
    service: 'notes-worker',
    task: 'summarisation',
    model: FLASH,
    perDay: 90,
    rhythm: 'office',
    shared: 0,
    input: 14_000,
    output: 900,
    reasoning: 260,
    streaming: false,
  },
]

/** Shares of a day's calls by UTC hour: Europe in the morning, America in the afternoon. */
const OFFICE = [1, 1, 1, 1, 1, 2, 5, 18, 40, 52, 54, 48, 44, 56, 68, 72, 70, 58, 42, 30, 20, 10, 4, 2]
const ALWAYS = [
  14, 12, 11, 11, 12, 15, 20, 28, 38, 44, 46, 45, 44, 48, 54, 56, 55, 50, 44, 38, 32, 26, 20, 16,
]

const WEEKEND = { office: 0.12, always: 0.6 } as const

/** Calls that are expected of a feature in the hour that begins then, ms. */
export function expectedCalls(feature: Feature, hour: number): number {
  const date = new Date(hour)
  const shares = feature.rhythm === 'office' ? OFFICE : ALWAYS
  const sum = shares.reduce((total, share) => total + share, 0)
  const weekend = date.getUTCDay() % 6 === 0
  return (feature.perDay * (shares[date.getUTCHours()] ?? 0) * (weekend ? WEEKEND[feature.rhythm] : 1)) / sum
}
