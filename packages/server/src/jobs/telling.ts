/** A run of a job that can tell how far it is, and can be wanted to stop. */
import type { RunProgress, TellsProgress } from '@vitrine/domain/jobs/run-progress'
import { JobHopeless, type RunningJob } from '@vitrine/domain/ports/queue'

type Run = Pick<RunningJob, 'key' | 'signal' | 'last'>

/** What a job knows of its run, and can tell and ask meanwhile. Its progress is kept under its name and its key. */
export interface JobRun extends Run, TellsProgress {}

/** Does the work, and notes how it has ended where it has told of itself. */
export async function telling(progress: RunProgress, run: Run, work: (run: JobRun) => Promise<void>): Promise<void> {
  try {
    await work({
      ...run,
      progress: (done, total, note) => progress.progress(done, total, note),
      wantsStop: () => progress.wantsStop(),
    })
  } catch (error) {
    // When the note cannot be kept either, the first failure is the one to tell; the next run sets the note right.
    await progress.end(run.last || error instanceof JobHopeless ? 'failed' : 'tried-again').catch(() => undefined)
    throw error
  }
  await progress.end('returned')
}
