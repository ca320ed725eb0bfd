/**
 * Being the only one who adds to an upload, on whichever server. It is held for a while only and held on to again and again, so that the
 * upload is free soon after a server has died. What is done under a lost hold is refused by the store.
 */
import { uuidV7 } from '../instances/uuid-v7.ts'
import type { Holding, UploadStore } from './upload-store.ts'

/** Without a sign from the holder, the upload is free afterwards. */
export const HOLD_MS = 10_000
const BEAT_MS = 2000
/** How long somebody waits for a holder that has been asked to let go; longer than it takes to hear of it and to keep what has come. */
const PATIENCE_MS = 8000
const LOOK_AGAIN_MS = 100

export const newHolding = (id: string): Holding => ({ id, holder: uuidV7() })

export class UploadHold {
  readonly holding: Holding
  readonly #store: UploadStore
  readonly #beat: NodeJS.Timeout

  /** `onWanted` is called when somebody has asked for the upload, or has taken it because this server was not heard of. */
  constructor(store: UploadStore, holding: Holding, onWanted: () => void) {
    this.holding = holding
    this.#store = store
    this.#beat = setInterval(() => void this.#prolong(onWanted), BEAT_MS)
    this.#beat.unref()
  }

  async release(): Promise<void> {
    clearInterval(this.#beat)
    // It is free after a while in any case, and nothing that has been done under it is undone.
    await this.#store.release(this.holding).catch(() => undefined)
  }

  async #prolong(onWanted: () => void): Promise<void> {
    // A database that does not answer now may do so the next time; there are some before the time is up.
    const state = await this.#store.prolong(this.holding, HOLD_MS).catch(() => 'held')
    if (state !== 'held') onWanted()
  }
}

/** Null when somebody else holds it, or, after waiting, still does; also when there is no such upload. */
export async function holdUpload(
  store: UploadStore,
  id: string,
  options: { readonly patient: boolean; readonly onWanted: () => void },
): Promise<UploadHold | null> {
  const holding = newHolding(id)
  const tries = options.patient ? PATIENCE_MS / LOOK_AGAIN_MS : 1
  for (let i = 1; ; i++) {
    const state = await store.hold(holding, HOLD_MS, { ask: options.patient })
    if (state === 'held') return new UploadHold(store, holding, options.onWanted)
    if (state === 'gone' || i >= tries) return null
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
}
