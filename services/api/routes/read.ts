// What every route that only answers questions says of itself: keys with the scope read may ask, and who has the answer already
// is told so.

import { sendUnchanged, tagAnswer } from '../answer/etag.ts'

export const READ = {
  config: { scope: 'read' },
  preSerialization: tagAnswer,
  onSend: sendUnchanged,
} as const
