/** Brings everything that is generated from the contract up to date; does nothing when it is. */
import { spawnSync } from 'node:child_process'
import { ROOT } from './sources.ts'

// The task runner reports its use to its makers unless told not to; building this project tells nobody anything.
export const QUIET = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }

export function generate(): boolean {
  const { status } = spawnSync('turbo', ['run', 'generate', '--output-logs=errors-only'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...QUIET },
  })
  return status === 0
}
