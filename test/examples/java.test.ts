// The example in Java, run as its README says.

import { checkPublisher } from './publisher-suite.ts'
import { javaPublisher } from './publishers.ts'

const { need, publisher } = await javaPublisher()
checkPublisher(need, publisher)
