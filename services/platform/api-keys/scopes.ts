// What a key may do. A route names what it needs in `config.scope`; one that names nothing needs admin, so that a route which
// somebody forgot is closed and not open.

export const SCOPES = ['ingest', 'read', 'admin'] as const

export type Scope = (typeof SCOPES)[number]

/** What a route needs: one of these scopes, or nothing at all. */
export type RouteScope = 'open' | Scope | readonly Scope[]

/** The scopes of which one is enough. */
export const neededScopes = (scope: Exclude<RouteScope, 'open'>): readonly Scope[] => [scope].flat()

/** admin implies the others. */
export const isAllowed = (has: readonly Scope[], needed: readonly Scope[]): boolean =>
  has.includes('admin') || needed.some(scope => has.includes(scope))
