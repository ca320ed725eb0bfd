/** A server of a comparison: a process of its own that prints its port. */
import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'

export interface MeasuredProcess {
  readonly base: string
  readonly pid: number
  /** From the start of the process until it said its port. */
  readonly startMs: number
  /** Harmless to repeat: a process that is gone takes no signal. */
  stop(): Promise<void>
}

export async function startProcess(args: readonly string[], port: RegExp, env: NodeJS.ProcessEnv): Promise<MeasuredProcess> {
  const started = performance.now()
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
  }
  for (;;) {
    const found = port.exec(output)?.[1]
    if (found) return { base: `http://127.0.0.1:${found}`, pid: child.pid ?? 0, startMs: performance.now() - started, stop }
    if (child.exitCode !== null) throw new Error(`${args.at(-1)} ended: ${output}`)
    await pause(10)
  }
}
