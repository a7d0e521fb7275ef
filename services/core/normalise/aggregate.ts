// Spans that sum up their calls: agents, chains, workflows. Their usage is that of their children over again; billing both
// doubles every agent's spend.

import type { UsageEvent } from '../usage-event.ts'

/** OpenTelemetry's operations of agents and workflows, and the span kinds of other tools. */
const AGGREGATES: ReadonlySet<string> = new Set([
  'invoke_agent',
  'create_agent',
  'invoke_workflow',
  'agent',
  'chain',
  'workflow',
])

/** Whether an event is no call of its own. https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/ */
export const isAggregate = ({ operation }: Pick<UsageEvent, 'operation'>): boolean =>
  operation !== '' && AGGREGATES.has(operation.toLowerCase())
