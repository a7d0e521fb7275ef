// docker-compose.yml as data: anchors and merges resolved, variables filled in as compose does it.

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export interface Dependency {
  readonly condition: string
}

export interface ComposeService {
  readonly image: string
  readonly build?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  readonly volumes?: readonly (string | { readonly source: string; readonly target: string })[]
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, Dependency>>
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean }
  readonly restart?: string
  readonly stop_grace_period?: string
  readonly init?: boolean
  readonly read_only?: boolean
  readonly privileged?: boolean
  readonly user?: string
  readonly tmpfs?: readonly string[]
  readonly cap_drop?: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt?: readonly string[]
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes: Readonly<Record<string, unknown>>
}

export const COMPOSE_TEXT = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')

/** @param env what stands in the shell of whoever types `docker compose up` */
export const readCompose = (env: Readonly<Record<string, string>> = {}): ComposeFile =>
  filled(parse(COMPOSE_TEXT, { merge: true }), env) as ComposeFile

/** https://docs.docker.com/reference/compose-file/interpolation/, as much of it as the file uses. */
function filled(node: unknown, env: Readonly<Record<string, string>>): unknown {
  if (typeof node === 'string') {
    return node.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name, otherwise) => env[name] || otherwise)
  }
  if (Array.isArray(node)) return node.map(item => filled(item, env))
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, filled(value, env)]))
}

/** Volumes of a service, and where they are mounted; bind mounts by their path. */
export const mountsOf = (service: ComposeService): { source: string; target: string }[] =>
  (service.volumes ?? []).map(volume => {
    if (typeof volume !== 'string') return { source: volume.source, target: volume.target }
    const [source = '', target = ''] = volume.split(':')
    return { source, target }
  })

/** Containers that must have ended or be healthy before this one starts, whichever way they are named. */
export function dependenciesOf(file: ComposeFile, name: string): Set<string> {
  const all = new Set<string>()
  const visit = (service: string) => {
    for (const next of Object.keys(file.services[service]?.depends_on ?? {})) {
      if (all.has(next)) continue
      all.add(next)
      visit(next)
    }
  }
  visit(name)
  return all
}
