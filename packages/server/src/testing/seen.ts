/**
 * Which declared answers the tests have provoked, over all test processes: each appends what it saw to one file, and the end
 * of a run says what nobody has seen.
 */
import { appendFileSync } from 'node:fs'

export const SEEN_FILE = 'VITRINE_TEST_SEEN'

export function recordSeen(answers: readonly string[]): void {
  const file = process.env[SEEN_FILE]
  if (file !== undefined && answers.length) appendFileSync(file, `${answers.join('\n')}\n`)
}
