/** Switches travel as text; what turns them on is the same everywhere. */
const ON = new Set(['1', 'true', 'yes', 'y'])

export const isTrue = (value: string | undefined): boolean => value !== undefined && ON.has(value)
