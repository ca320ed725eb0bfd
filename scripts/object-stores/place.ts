/** Where the servers keep things: programs once for each user, everything else apart for each checkout, so that none disturbs another. */
import { createHash } from 'node:crypto'
import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { ROOT } from '../sources.ts'

export interface Place {
  /** Installed programs, which stay. */
  readonly programs: string
  /** Configuration, objects and logs of this checkout's servers, which are thrown away. */
  readonly data: string
}

export function place(env: NodeJS.ProcessEnv): Place {
  const base = env['VITRINE_SERVICES_DIR'] ?? firstWritable(candidates(env))
  const checkout = `${path.basename(ROOT)}-${createHash('sha256').update(ROOT).digest('hex').slice(0, 8)}`
  const found = { programs: path.resolve(base, 'programs'), data: path.resolve(base, 'data', checkout) }
  for (const folder of Object.values(found)) mkdirSync(folder, { recursive: true, mode: 0o700 })
  return found
}

function candidates(env: NodeJS.ProcessEnv): string[] {
  const state = env['XDG_STATE_HOME'] || path.join(homedir(), '.local', 'state')
  return [path.join(state, 'vitrine-services'), path.join(tmpdir(), `vitrine-services-${userInfo().uid}`)]
}

function firstWritable(folders: readonly string[]): string {
  let failure: unknown
  for (const folder of folders) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      accessSync(folder, constants.W_OK | constants.X_OK)
      // A folder of this name in a place where everybody may write could be somebody else's.
      if (process.getuid && lstatSync(folder).uid !== process.getuid()) throw new Error(`${folder} belongs to another user`)
      return folder
    } catch (error) {
      failure = error
    }
  }
  throw failure
}
