// The consumer on one screen: what happens to a record, and in which order a batch becomes fact.
// The order of the last three is the promise: rows, then the batch row, then the position. A kill between any two of them
// makes records come again, and the table's key makes them count once.

import { commit } from './steps/commit.ts'
import { decode } from './steps/decode.ts'
import { guard } from './steps/guard.ts'
import { insertBatchRow } from './steps/insert-batch-row.ts'
import { insertRows } from './steps/insert-rows.ts'
import { normalise } from './steps/normalise.ts'
import { price } from './steps/price.ts'
import { batchSteps, recordSteps } from './steps.ts'

export const readRecord = recordSteps(guard, decode, normalise, price)

export const settleDelivery = batchSteps(insertRows, insertBatchRow, commit)
