/**
 * Clears away what has no row: objects of uploads that were not finished, and of files that are gone. It comes again for as long as
 * the journal has lines; whoever writes the first one sees to it that it comes at all.
 */
import type { AnyJob } from '../jobs.ts'
import type { OpenLocations } from '../locations/open-locations.ts'
import type { Clock } from '../ports/clock.ts'
import type { JobWriter } from '../ports/queue.ts'
import { GRACE_MS } from './keep-bytes.ts'
import type { FileStore } from './file-store.ts'

export interface SweepPorts {
  readonly store: Pick<FileStore, 'dueLocations' | 'sweepDue' | 'nextDue'>
  readonly locations: OpenLocations
  readonly jobs: JobWriter<AnyJob>
  readonly clock: Clock
  readonly graceMs?: number | undefined
  /** Told of locations that could not be cleared; what is to go there stays in the journal. */
  readonly onFailed: (error: unknown, locationId: number) => void
}

const AT_ONCE = 500
/** Before a location that did not work, or is not written to, is looked at again. */
const RETRY_MS = 10 * 60 * 1000
const LONGEST_WAIT_MS = GRACE_MS

export class FileSweeper {
  readonly #ports: SweepPorts

  constructor(ports: SweepPorts) {
    this.#ports = ports
  }

  /** Removes everything that is due now, and comes again when the next line is. */
  async run(signal: AbortSignal): Promise<void> {
    await this.sweep(signal)
    const next = await this.#ports.store.nextDue()
    if (next === null) return
    const wait = next.getTime() - this.#ports.clock().getTime()
    await this.#ports.jobs.add([sweepJob(wait <= 0 ? RETRY_MS : Math.min(wait, LONGEST_WAIT_MS))])
  }

  async sweep(signal: AbortSignal): Promise<void> {
    for (const id of await this.#ports.store.dueLocations()) {
      if (signal.aborted) return
      try {
        await this.#sweepOne(id, signal)
      } catch (error) {
        // One that is down keeps no other from being cleared.
        this.#ports.onFailed(error, id)
      }
    }
  }

  async #sweepOne(id: number, signal: AbortSignal): Promise<void> {
    const { location, store } = await this.#ports.locations.byId(id)
    if (location.readOnly) return
    for (let count = AT_ONCE; count === AT_ONCE && !signal.aborted;)
      count = await this.#ports.store.sweepDue(id, AT_ONCE, (keys) => store.remove(keys))
    // Whatever was being written under those keys may have left parts behind.
    await store.tidy(this.#ports.graceMs ?? GRACE_MS)
  }
}

/** Those with one key wait once: the next one, and the one that is wanted at once. */
export const sweepJob = (delayMs: number): AnyJob => ({
  name: 'file-sweep',
  payload: {},
  key: delayMs < SOON_MS ? 'soon' : 'later',
  delaySeconds: Math.ceil(Math.max(delayMs, SOON_MS / 2) / 1000),
})
const SOON_MS = 20_000
