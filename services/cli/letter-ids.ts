// Ids of dead letters as people read and type them: shortened where they are listed, and taken by any beginning that only one
// letter has.

import type { Config } from '#platform/config.ts'
import { ServerError } from './errors.ts'
import { json } from './http.ts'
import type { Io } from './io.ts'

/** Characters of an id that are shown, where these tell it from the others of the list. */
const SHOWN = 20

/** Each id cut to 20 characters, or to as many as only it begins with among these. */
export function shortIds(ids: readonly string[]): Map<string, string> {
  const sorted = [...new Set(ids)].sort()
  return new Map(
    sorted.map((id, i) => {
      const shared = Math.max(...[sorted[i - 1], sorted[i + 1]].map(other => sharedLength(id, other ?? '')))
      return [id, id.slice(0, Math.max(SHOWN, shared + 1))]
    }),
  )
}

function sharedLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}

/** The whole ids; one that names no letter stays as it is. @throws ServerError for one that several letters begin with */
export async function wholeIds(io: Io, config: Config, ids: readonly string[]): Promise<string[]> {
  const whole: string[] = []
  for (const id of ids) {
    try {
      const path = `/v1/dead-letters/${encodeURIComponent(id)}`
      const { data } = await json<{ data: { dead_letter_id: string } }>(io, config, path)
      whole.push(data.dead_letter_id)
    } catch (error) {
      if (!(error instanceof ServerError) || error.problem.code !== 'not_found') throw error
      whole.push(id)
    }
  }
  return whole
}

/** Refuses what is no reason of dead letters, in the words of the API. */
export async function checkReason(io: Io, config: Config, reason: string): Promise<void> {
  await json(io, config, '/v1/dead-letters', { query: { reason, limit: '1' } })
}
