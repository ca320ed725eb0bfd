/**
 * In which order jobs that wait are taken. pg-boss takes the highest number first, so priority and turn are put into one number:
 * of the jobs of one priority the first turns come first, and no turn reaches down to the next lower priority.
 *
 * The turns of an instance follow each other without regard to others, and begin with the one that is being served. So each
 * instance that has jobs waiting gets one of them run before any gets a second one, on however many servers. Turns are given out
 * when a job is added, which keeps taking one as cheap as it is: a look at the top of an index, whatever waits below.
 */
import type { Lane } from '@vitrine/domain/ports/queue'

/** Turns of one priority. The last one is shared by all that come later. */
export const TURNS = 2 ** 27

/** The numbers of the jobs that a lane takes, in the words of pg-boss. */
export function laneOptions({ from, to }: Lane): { minPriority?: number; maxPriority?: number } {
  return {
    ...(from !== undefined && { minPriority: (from - 1) * TURNS + 1 }),
    ...(to !== undefined && { maxPriority: to * TURNS }),
  }
}

/**
 * For the two looks that `vitrine_enqueue` takes. The first has its order turned around on purpose: with the order of pg-boss's
 * own index, the planner would take that one, and walk through all that wait to be repeated.
 */
export const turnIndexes = (schema: string): string => `
  ${indexOnce(schema, 'vitrine_first', "(name, (-priority), start_after) WHERE state = 'created'")};
  ${indexOnce(schema, 'vitrine_last', "(name, (data->>'instance'), priority) WHERE state = 'created'")}`

/** An index of ours on the jobs. Asking first spares servers that start the lock that even a needless CREATE INDEX takes. */
export const indexOnce = (schema: string, name: string, definition: string): string => `
  DO $$ BEGIN IF to_regclass('${schema}.${name}') IS NULL THEN
    CREATE INDEX ${name} ON ${schema}.job_common ${definition};
  END IF; END $$`
