/** Reading records in one instance. The reader is also what writes the answers of saves. */
import type { RecordReader } from '@vitrine/domain/objects/read-records'

export interface RecordReads {
  readonly recordReader: RecordReader
}
