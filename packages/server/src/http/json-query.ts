/** Values of query parameters that travel as JSON. */
import { fail } from '@vitrine/domain/errors'

/** The elements of a JSON array, each passed by `is`; null and missing ones answer null. Fails with ServerGeneric. */
export function jsonList<T>(name: string, text: string | undefined, is: (value: unknown) => value is T, what: string): readonly (T | null)[] {
  if (text === undefined || text === '') return []
  const value = parsed(name, text)
  if (!Array.isArray(value)) return wrong(name, `has to be a JSON array of ${what}`)
  return value.map((element: unknown) => (element === null ? null : is(element) ? element : wrong(name, `has to be a JSON array of ${what}`)))
}

/** The JSON of an object; null without one. Fails with ServerGeneric. */
export function jsonObject(name: string, text: string | undefined): Readonly<Record<string, unknown>> | null {
  if (text === undefined || text === '') return null
  const value = parsed(name, text)
  return isObject(value) ? value : wrong(name, 'has to be the JSON of an object')
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return wrong(name, 'is not JSON')
  }
}

/** To the document it is a text like any other: the place that it would name has nothing wrong with it. */
const wrong = (name: string, what: string): never => fail('ServerGeneric', { msg: `${name} ${what}` })

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
export const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
