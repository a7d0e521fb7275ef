// `spendledger verify`: the proof that raw events, rollups and what was read agree, as a report and an exit code.

import { type Comparison, compareAll } from '../comparison.ts'
import { CommandError } from '../errors.ts'
import { counted } from '../figures.ts'
import { type Io, print } from '../io.ts'
import { plain } from '../plain.ts'
import { createProgress } from '../progress.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'
import { hoursBetween, type WindowOptions } from '../window.ts'

export interface VerifyOptions extends WindowOptions, ConfigOption {
  readonly json?: boolean
  /** Seconds that differing hours may take to be recomputed. */
  readonly wait: number
}

export async function verify(io: Io, options: VerifyOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const now = io.clock.now()
  const window = hoursBetween(options, config, now, '30d')
  const [{ connectWarehouse }, { verify: compare }] = await Promise.all([
    import('../../embedded/connect.ts'),
    import('../../aggregator/verify/verify.ts'),
  ])
  const { warehouse, close } = await connectWarehouse(config, 'aggregator')
  const progress = createProgress(io)
  try {
    const result = await compareAll(compare, {
      warehouse,
      window,
      now,
      patienceMs: options.wait * 1_000,
      onCompared: until => progress.show(`compared up to ${iso(until)}`),
    })
    progress.clear()
    await print(io, options.json ? asJson(result) : asText(result))
    const { length } = result.findings
    if (length > 0) throw new CommandError('differences', `differences: ${length}`)
  } finally {
    progress.clear()
    await close()
  }
}

const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')

function asText({ window, hours, calls, findings, movingFrom }: Comparison): string {
  const lines = findings.map(({ check, where, expected, found }) =>
    plain(`${check}: ${where}: expected ${expected}, found ${found}`),
  )
  lines.push(
    `${iso(window.from)} to ${iso(window.to)} UTC: ${counted(calls, 'call')} in ${counted(hours, 'hour')}`,
  )
  if (findings.length === 0) lines.push('raw events, rollups and the counts of what was read agree')
  if (movingFrom !== undefined) {
    lines.push(`from ${iso(movingFrom)} on events still arrive: not compared; verify again when they pause`)
  }
  return lines.join('\n')
}

const asJson = ({ window, hours, calls, findings, movingFrom }: Comparison): string =>
  JSON.stringify({
    from: new Date(window.from).toISOString(),
    to: new Date(window.to).toISOString(),
    hours,
    calls: Number(calls),
    agree: findings.length === 0,
    findings,
    moving_from: movingFrom === undefined ? null : new Date(movingFrom).toISOString(),
  })
