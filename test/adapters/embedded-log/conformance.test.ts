import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventLogConformance } from '../../conformance/event-log.ts'

eventLogConformance('the embedded log', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'embedded-log-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  const module = new URL('../../conformance/open-embedded-log.ts', import.meta.url).href
  return { module, config: { dir } }
})
