// Last: the position moves past what is stored. Only the contiguous prefix; the log keeps to that.

import { failpoint } from '#platform/failpoint.ts'
import type { BatchStep } from '../steps.ts'

export const commit: BatchStep = async (context, delivery) => {
  failpoint('after-batch-row')
  const ranges = delivery.shares.map(share => share.range)
  await context.persist('commit the position', () => context.subscription.commit(ranges))
}
