/** The making of one instance: what jobs and requests ask for, on the ports that it needs. */
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

  /** Makes one version. */
  produce(versionId: number, run: ProcessRun): Promise<void> {
    return produceVersion(this.#ports, versionId, run)
  }
}
