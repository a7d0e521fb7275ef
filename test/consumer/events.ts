// A usage event with everything at its default but what a test is about.

import type { UsageEvent } from '#core/usage-event.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'

export const usageEvent = (fields: Partial<UsageEvent>): UsageEvent => ({ ...defaultEvent(), ...fields })
