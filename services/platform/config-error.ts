// What is wrong with a configuration: everything at once, because whoever fixes one line per start gives up at the fourth.

/** One thing that is wrong. The message says what came and what was expected; it never holds a secret. */
export interface Complaint {
  /** The variable, or the key and the file. */
  readonly setting: string
  readonly message: string
}

/** The configuration cannot be used; processes exit with 2. */
export class ConfigError extends Error {
  readonly complaints: readonly Complaint[]

  constructor(complaints: readonly Complaint[]) {
    const lines = complaints.map(({ setting, message }) => `  ${setting}: ${message}`)
    super(['The configuration cannot be used:', ...lines].join('\n'))
    this.name = 'ConfigError'
    this.complaints = complaints
  }
}
