// Who calls: forty customers of very different size, and the people who work there.

import { createRandom, type Random } from './random.ts'

export interface User {
  readonly id: string
  readonly tenant: string
  readonly segment: string
}

const TENANTS = (
  'acme globex initech umbrella hooli stark-industries wayne-enterprises wonka cyberdyne tyrell soylent massive-dynamic ' +
  'oscorp gringotts aperture black-mesa monarch bluth dunder-mifflin pied-piper vandelay sirius-cybernetics weyland ' +
  'momcorp planet-express buy-n-large virtucon nakatomi ollivander duff kwik-e-mart sterling-cooper prestige paper-street ' +
  'los-pollos vehement gekko-co bubba-gump spacely cogswell'
).split(' ')

const USERS = 400

/** Weight of the nth in a series by Zipf's law. */
const zipf = (n: number): number => 1 / (n + 1)

/** The largest five are enterprises, the last twenty-five are on the free plan. */
const segmentOf = (tenant: number): string => (tenant < 5 ? 'enterprise' : tenant < 15 ? 'business' : 'free')

/** Picks users: large customers often, and in each customer a few people most of the time. */
export function createCustomers(seed: number): (random: Random) => User {
  const assign = createRandom(seed, 'customers')
  const pickTenant = weighted(TENANTS.map((_, i) => zipf(i)))
  const users: User[][] = TENANTS.map(() => [])
  for (let i = 0; i < USERS; i++) {
    // Everybody has one user at least.
    const tenant = i < TENANTS.length ? i : pickTenant(assign)
    const [name, team] = [TENANTS[tenant], users[tenant]]
    if (name && team) {
      team.push({ id: `u${String(i + 1).padStart(4, '0')}`, tenant: name, segment: segmentOf(tenant) })
    }
  }
  const pickUser = users.map(team => weighted(team.map((_, i) => zipf(i))))
  return random => {
    const tenant = pickTenant(random)
    const user = pickUser[tenant]?.(random) ?? 0
    return users[tenant]?.[user] as User
  }
}

/** Picks indices by weight. */
function weighted(weights: readonly number[]): (random: Random) => number {
  let sum = 0
  const sums = weights.map(weight => (sum += weight))
  return random => {
    const point = random.next() * sum
    return Math.max(
      0,
      sums.findIndex(upTo => point < upTo),
    )
  }
}
