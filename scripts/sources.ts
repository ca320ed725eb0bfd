/** The hand-written TypeScript of the repository, for the checks. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const ROOT = path.resolve(import.meta.dirname, '..')

export interface Source {
  /** Path relative to the root, with forward slashes. */
  readonly file: string
  readonly text: string
}

/** Tracked and new files alike, so that a check fails before the commit and not after it. */
export function sources(): Source[] {
  const out = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', '*.ts', '*.mjs'], { cwd: ROOT, encoding: 'utf8' })
  return out
    .split('\n')
    .filter((file) => file && existsSync(path.join(ROOT, file)))
    .map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }))
}

/** Prints what is wrong and ends the process; silent success otherwise. */
export function conclude(name: string, problems: readonly string[]): void {
  if (problems.length) {
    console.error(`${name}:\n${problems.map((p) => `  ${p}`).join('\n')}`)
    process.exitCode = 1
  } else console.log(`${name}: ok`)
}
