/**
 * Matches texts against expressions that people of an instance have written. What one costs cannot be decided by looking at
 * it, and one that tries again and again would hold up every instance of the server, so it is stopped after a while.
 */
import { createContext, Script } from 'node:vm'

/** Far above what any honest expression takes, also on a busy machine. */
const LONGEST_MS = 250
/** So short a text is done at once however often the expression goes back in it; being able to stop it would cost more. */
const HARMLESS_LENGTH = 16

const work: { pattern: RegExp | undefined; text: string } = { pattern: undefined, text: '' }
const context = createContext(work)
const script = new Script('pattern.test(text)')

export function matches(pattern: RegExp, text: string, longestMs = LONGEST_MS): boolean | 'tooSlow' {
  if (text.length <= HARMLESS_LENGTH) return pattern.test(text)
  Object.assign(work, { pattern, text })
  try {
    return script.runInContext(context, { timeout: longestMs }) as boolean
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'tooSlow'
    throw error
  } finally {
    Object.assign(work, { pattern: undefined, text: '' })
  }
}
