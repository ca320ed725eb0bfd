/** Saving and deleting records in one instance, built from its ports. */
import { RecordDeleter, type DeleterPorts } from '@vitrine/domain/objects/delete'
import { RecordSaver, type SaverPorts } from '@vitrine/domain/objects/save'

export interface RecordWrites {
  readonly recordSaver: RecordSaver
  readonly recordDeleter: RecordDeleter
}

export const recordWritesOf = (ports: SaverPorts & DeleterPorts): RecordWrites => ({
  recordSaver: new RecordSaver(ports),
  recordDeleter: new RecordDeleter(ports),
})
