// Whom a person asks about by name (`spendledger user u1`), and what they want to know next.

export interface Subject {
  /** Its column in the views. */
  readonly column: string
  /** The option that would name others of the kind. */
  readonly option: 'user' | 'feature' | 'model' | 'tenant'
  /** What its spend is split by. */
  readonly parts: readonly string[]
  /** Metrics beside those of every answer. */
  readonly metrics?: string
}

export const SUBJECTS = {
  user: { column: 'user_id', option: 'user', parts: ['feature', 'model', 'tenant_id'] },
  feature: {
    column: 'feature',
    option: 'feature',
    parts: ['model', 'user_id', 'release'],
    metrics: 'input_tokens,output_tokens,active_users,cost_per_active_user',
  },
  model: { column: 'model', option: 'model', parts: ['feature', 'tenant_id', 'release'] },
  tenant: { column: 'tenant_id', option: 'tenant', parts: ['feature', 'model', 'user_id'] },
} as const satisfies Readonly<Record<string, Subject>>

export type SubjectName = keyof typeof SUBJECTS
