// How steps are strung together. A record step turns a value into an outcome; the first outcome that is not ok is the
// record's fate. Batch steps run one after the other and do not return before their work is durable.

import type { Outcome } from '#core/outcome.ts'
import type { ConsumerContext } from './context.ts'
import type { Delivery } from './delivery.ts'

export type RecordStep<In, Out> = (context: ConsumerContext, input: In) => Outcome<Out>
export type BatchStep = (context: ConsumerContext, delivery: Delivery) => Promise<void>

export const recordSteps =
  <A, B, C, D, E>(
    first: RecordStep<A, B>,
    second: RecordStep<B, C>,
    third: RecordStep<C, D>,
    fourth: RecordStep<D, E>,
  ): RecordStep<A, E> =>
  (context, input) => {
    const b = first(context, input)
    if (b.kind !== 'ok') return b
    const c = second(context, b.value)
    if (c.kind !== 'ok') return c
    const d = third(context, c.value)
    if (d.kind !== 'ok') return d
    return fourth(context, d.value)
  }

export const batchSteps =
  (...steps: BatchStep[]): BatchStep =>
  async (context, delivery) => {
    for (const step of steps) await step(context, delivery)
  }
