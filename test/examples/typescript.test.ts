// The example in TypeScript, run as its README says.

import { checkPublisher } from './publisher-suite.ts'
import { typescriptPublisher } from './publishers.ts'

const { need, publisher } = await typescriptPublisher()
checkPublisher(need, publisher)
