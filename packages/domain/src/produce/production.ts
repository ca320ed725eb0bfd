/** The making of one instance: what jobs and requests ask for, on the ports that it needs. */
import type { StoredFile } from '../files/file.ts'
import type { Caller } from '../people/caller.ts'
import { produceOriginal, type ProduceWish } from './produce-original.ts'
import { processFile, type ProcessRun } from './process-file.ts'
import { produceVersion, type ProducePorts } from './produce-version.ts'

export class Production {
  readonly #ports: ProducePorts

  constructor(ports: ProducePorts) {
    this.#ports = ports
  }

  /** Looks at what is in a file and settles its versions. */
  process(fileId: number, run: ProcessRun): Promise<void> {
    return processFile(this.#ports, fileId, run)
  }

  /** Registers an original that is to be made of another one. */
  produceOriginal(parent: StoredFile, wish: ProduceWish, caller: Caller | null): Promise<StoredFile> {
    return produceOriginal({ ...this.#ports, writable: this.#ports.media.writable }, parent, wish, caller)
  }

  /** Makes one version. */
  produce(versionId: number, run: ProcessRun): Promise<void> {
    return produceVersion(this.#ports, versionId, run)
  }
}
