// Small checks that compose into the shape of a JSON document and complain about every fault with its path, instead of
// stopping at the first: who mends a price book wants the whole list.

/** Marks a key that is not there, which is not the same as null. */
export const absent: unique symbol = Symbol('absent')

export type Complain = (path: string, value: unknown, expected: string) => void
export type Check = (value: unknown, path: string, complain: Complain) => void

export const textLike =
  (expected: string, accepts: (value: string) => boolean): Check =>
  (value, path, complain) => {
    if (typeof value !== 'string' || !accepts(value)) complain(path, value, expected)
  }

export const literal =
  (...values: readonly (string | null)[]): Check =>
  (value, path, complain) => {
    if (!values.some(wanted => wanted === value)) {
      complain(path, value, values.map(wanted => JSON.stringify(wanted)).join(' or '))
    }
  }

export const flag: Check = (value, path, complain) => {
  if (typeof value !== 'boolean') complain(path, value, 'true or false')
}

export const positiveNumber: Check = (value, path, complain) => {
  if (!Number.isSafeInteger(value) || Number(value) <= 0) complain(path, value, 'a whole number above 0')
}

export const list =
  (item: Check, least = 0): Check =>
  (value, path, complain) => {
    if (!Array.isArray(value) || value.length < least) {
      complain(path, value, least > 0 ? 'a list that is not empty' : 'a list')
    } else {
      value.forEach((entry, i) => {
        item(entry, `${path}[${i}]`, complain)
      })
    }
  }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const mapOf =
  (accepts: (name: string) => boolean, names: string, item: Check): Check =>
  (value, path, complain) => {
    if (!isObject(value)) {
      complain(path, value, 'an object')
      return
    }
    for (const [name, entry] of Object.entries(value)) {
      if (accepts(name)) item(entry, `${path}.${name}`, complain)
      else complain(`${path}.${name}`, entry, `no such key: ${names}`)
    }
  }

/** Passes if one of the checks does. */
export const anyOf =
  (...checks: readonly Check[]): Check =>
  (value, path, complain) => {
    const expected: string[] = []
    const passed = checks.some(check => {
      const before = expected.length
      check(value, path, (_path, _value, wanted) => expected.push(wanted))
      return expected.length === before
    })
    if (!passed) complain(path, value, expected.join(' or '))
  }

/** An object with all required keys, any of the optional ones, and no others. */
export function object(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const checks = new Map([...Object.entries(required), ...Object.entries(optional)])
  const names = Object.keys(required)
  return (value, path, complain) => {
    if (!isObject(value)) {
      complain(path, value, 'an object')
      return
    }
    const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
    for (const name of names) {
      if (!Object.hasOwn(value, name)) checks.get(name)?.(absent, at(name), complain)
    }
    for (const name of Object.keys(value)) (checks.get(name) ?? noSuchKey)(value[name], at(name), complain)
  }
}

const noSuchKey: Check = (value, path, complain) => complain(path, value, 'no such key')
