// The example in Python, run as its README says.

import { checkPublisher } from './publisher-suite.ts'
import { pythonPublisher } from './publishers.ts'

const { need, publisher } = await pythonPublisher()
checkPublisher(need, publisher)
