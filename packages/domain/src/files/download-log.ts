/**
 * Which downloads the event log tells of: those that save a file, and those that give a text for the log. Pages show pictures all the
 * time; an event for each of those would bury the rest, and cost more than the picture.
 */
import type { EventWriter } from '../events/new-event.ts'
import type { Caller } from '../people/caller.ts'
import type { Deliverable } from './delivery.ts'
import { baseName } from './file.ts'

export interface DownloadNote {
  readonly saved: boolean
  /** Text of the caller. */
  readonly info: string | null
  /** What it was converted to. */
  readonly format: string | null
}

export class DownloadLog {
  readonly #events: EventWriter

  constructor(events: EventWriter) {
    this.#events = events
  }

  /** Before the first byte leaves; whoever goes on with a download that was cut off is not told of again. */
  async note({ file, name }: Deliverable, { saved, info, format }: DownloadNote, caller: Caller | null): Promise<void> {
    if (!saved && info === null) return
    const about = {
      filename: baseName(file.originalFilepath),
      version: name,
      ...(format !== null && { format }),
      ...(info !== null && { info }),
    }
    await this.#events.write({ events: [{ type: 'FILE_DOWNLOAD', basetype: 'file', objectId: file.id, info: about }], actor: caller })
  }
}
