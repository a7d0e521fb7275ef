// What a step made of its input. Steps return outcomes; no exception crosses a step's border.

import type { Refusal } from './errors.ts'

/** Reasons for which a record is read and then not stored although nothing is wrong with it. A closed list. */
export const DROP_REASONS = ['tombstone'] as const
export type DropReason = (typeof DROP_REASONS)[number]

/**
 * ok: go on with the value. dead-letter: refused, kept with its reason and bytes. drop: read, needs no row, counted.
 */
export type Outcome<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'dead-letter'; readonly refusal: Refusal }
  | { readonly kind: 'drop'; readonly reason: DropReason }

export const ok = <T>(value: T): Outcome<T> => ({ kind: 'ok', value })
export const deadLetter = (refusal: Refusal): Outcome<never> => ({ kind: 'dead-letter', refusal })
export const drop = (reason: DropReason): Outcome<never> => ({ kind: 'drop', reason })
