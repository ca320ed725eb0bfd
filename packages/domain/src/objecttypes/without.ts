/** A copy of an object that lacks some of its keys. */
export function without<T extends object, K extends keyof T>(object: T, ...keys: readonly K[]): Omit<T, K> {
  const gone: ReadonlySet<PropertyKey> = new Set(keys)
  return Object.fromEntries(Object.entries(object).filter(([key]) => !gone.has(key))) as Omit<T, K>
}
