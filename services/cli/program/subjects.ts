// Commands about one user, feature, model or tenant.

import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { withReading } from '../options.ts'

const SUBJECTS = [
  ['user', 'id', 'what a user cost this month, by day, feature and model'],
  ['feature', 'name', 'what a feature cost this month, by day, model, user and release, and per active user'],
  ['model', 'name', 'what a model cost this month, by day, feature, tenant and release'],
  ['tenant', 'id', 'what a tenant cost this month, by day, feature, model and user'],
] as const

export function addSubjects(program: Command, io: Io): void {
  for (const [kind, argument, does] of SUBJECTS) {
    withReading(program.command(kind))
      .description(does)
      .argument(`<${argument}>`, 'exactly; an empty one is spend that names none')
      .action(async (name, options) =>
        (await import('../commands/subject.ts')).subject(io, kind, name, options),
      )
  }
}
