/**
 * Which declared answers the tests have provoked, over all test processes: each appends what it saw to one file, and the end
 * of a run says what nobody has seen. It is told, not failed: some answers need an accident that no test can arrange.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { errorRegister } from '@vitrine/contract'
import { adminOperations } from '@vitrine/contract/admin'
import { instanceOperations } from '@vitrine/contract/instance'

export const SEEN_FILE = 'VITRINE_TEST_SEEN'

export function recordSeen(answers: readonly string[]): void {
  const file = process.env[SEEN_FILE]
  if (file !== undefined && answers.length) appendFileSync(file, `${answers.join('\n')}\n`)
}

/** What is declared beside what `file` holds, in a few lines; nothing when no answer was judged. */
export function seenReport(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  const seen = new Set(readFileSync(file, 'utf8').split('\n'))
  const codes = new Set([...seen].map((line) => line.split(' ')[2]))
  const operations = [...instanceOperations, ...adminOperations]
  const answers = operations.flatMap(({ id, statuses }) => statuses.filter((status) => status !== 'default').map((status) => `${id} ${status}`))
  const failures = operations.flatMap(({ id, errors }) => errors.map((code) => `${id} ${code}`))
  const met = new Set([...seen].map((line) => line.replace(/^(\S+) \d+ (\S+)$/, '$1 $2')))
  return [
    part('declared answers', answers, (answer) => seen.has(answer)),
    part('error codes', Object.keys(errorRegister), (code) => codes.has(code)),
    `error codes by operation seen: ${failures.filter((failure) => met.has(failure)).length} of ${failures.length}`,
  ].join('\n')
}

/** A run of a few files has seen little: only where most was seen is the rest worth a list. */
function part(what: string, declared: readonly string[], wasSeen: (entry: string) => boolean): string {
  const missing = declared.filter((entry) => !wasSeen(entry))
  const count = `${what} seen: ${declared.length - missing.length} of ${declared.length}`
  return missing.length && missing.length * 3 < declared.length ? `${count}; never: ${missing.join(', ')}` : count
}
