// `npm run bench [-- NAME ...] [--json]`.

import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { consume } from './consume.ts'
import { kafka } from './kafka.ts'
import { ledger } from './ledger.ts'
import { price } from './price.ts'
import { queries } from './queries.ts'
import { steps } from './steps.ts'

const BENCHES: readonly Bench[] = [price, steps, consume, ledger, queries, kafka]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
})

const unknown = positionals.filter(name => !BENCHES.some(bench => bench.name === name))
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are ${BENCHES.map(bench => bench.name).join(', ')}`)
  process.exit(2)
}

for (const bench of BENCHES) {
  if (positionals.length > 0 && !positionals.includes(bench.name)) continue
  if (!values.json) console.log(`${bench.name}: ${bench.what}`)
  for (const measurement of await bench.run()) {
    console.log(
      values.json
        ? JSON.stringify({ bench: bench.name, ...measurement })
        : `  ${measurement.name.padEnd(30)} ${String(measurement.value).padStart(12)} ${measurement.unit}`,
    )
  }
}
