/** Saving and deleting records in one instance, built from its ports. */
import type { Datamodels } from '@vitrine/domain/datamodel/datamodels'
import { RecordDeleter } from '@vitrine/domain/objects/delete'
import { RecordSaver } from '@vitrine/domain/objects/save'
import type { SavedRenderer } from '@vitrine/domain/objects/saved-renderer'
import type { RecordWriteStore } from '@vitrine/domain/objects/write-store'
import type { Counters } from '@vitrine/domain/ports/counters'

export interface RecordWritePorts {
  readonly store: RecordWriteStore
  readonly counters: Counters
  readonly datamodels: Datamodels
  readonly renderer: SavedRenderer
}

export interface RecordWrites {
  readonly recordSaver: RecordSaver
  readonly recordDeleter: RecordDeleter
}

export const recordWritesOf = (ports: RecordWritePorts): RecordWrites => ({
  recordSaver: new RecordSaver(ports),
  recordDeleter: new RecordDeleter(ports),
})
