// `spendledger prices diff`: what one price file says otherwise than another.

import { type BookDiff, diffBooks, type PriceChange } from '#core/catalog/diff.ts'
import type { RateChange } from '#core/catalog/diff-rates.ts'
import { groupBy } from '#core/group-by.ts'
import { counted } from '../figures.ts'
import { type Io, print } from '../io.ts'
import { plain } from '../plain.ts'
import { readBook } from '../price-files.ts'
import { table } from '../table.ts'

/** @param a @param b files, or `shipped` */
export async function diff(
  io: Io,
  a: string,
  b: string,
  options: { readonly json?: boolean },
): Promise<void> {
  const [before, after] = [await readBook(a), await readBook(b)]
  const found = diffBooks(before.book.json, after.book.json)
  await print(io, options.json ? JSON.stringify(found) : render(io, found))
}

function render(io: Io, { models_added, models_removed, names, prices, other }: BookDiff): string {
  const lines = [
    ...models_added.map(model => plain(`+ ${model}`)),
    ...models_removed.map(model => plain(`- ${model}`)),
    ...names.map(({ provider, name, before, after }) =>
      plain(`~ ${provider} ${name}: ${before ?? 'no model'} -> ${after ?? 'no model'}`),
    ),
    ...other.flatMap(({ part, before, after }) => [
      ...before.map(entry => plain(`- ${part} ${JSON.stringify(entry)}`)),
      ...after.map(entry => plain(`+ ${part} ${JSON.stringify(entry)}`)),
    ]),
    ...(prices.length > 0 ? [priceTable(io, prices)] : []),
  ]
  if (lines.length === 0) return 'no difference'
  const sums = [
    `${counted(models_added.length, 'model')} added`,
    `${models_removed.length} removed`,
    `${counted(names.length, 'name')} moved`,
    `${counted(prices.length, 'price')} changed`,
  ]
  return [...lines, '', sums.join(', ')].join('\n')
}

function priceTable(io: Io, prices: readonly PriceChange[]): string {
  const columns = [
    ...['model', 'from', 'to', 'variant', 'what'].map(head => ({ head })),
    ...['before', 'after', 'change'].map(head => ({ head, align: 'right' as const })),
  ]
  return table(
    io,
    columns,
    prices.flatMap(({ provider, model, from, to, rates, conditions }) => {
      const heads = [`${provider}/${model}`, from, to ?? '']
      return [
        ...[...groupBy(rates, sameLine).values()].flatMap(same =>
          same
            .slice(0, 1)
            .map(({ variant, tier, before, after, percent }) => [
              ...heads,
              tier === '' ? variant : `${variant}, ${tier}`,
              same.map(({ name }) => name).join(', '),
              before ?? 'none',
              after ?? 'none',
              percentText(percent),
            ]),
        ),
        ...conditions.map(name => [...heads, name, 'condition or factor', '', '', 'differs']),
      ]
    }),
  )
}

/** Buckets whose rate changes alike, such as those that fall back on another, are one line. */
const sameLine = ({ variant, tier, before, after }: RateChange): string =>
  [variant, tier, before, after].join('\n')

const percentText = (percent: string | null): string =>
  percent === null ? '' : `${percent.startsWith('-') ? '' : '+'}${percent}%`
