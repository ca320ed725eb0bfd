/** What can be changed of an original: its name, its reference, and how its renditions are made. Its bytes never are. */
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { rightDisplayname } from '../people/rights-catalogue.ts'
import { classify, limitOf, type FileClasses } from './file-classes.ts'
import type { FileStore } from './file-store.ts'
import { isOriginal, type CustomProduceConfig, type StoredFile } from './file.ts'
import type { Files } from './files.ts'
import { judgeName, refuseSize } from './uploads.ts'
import { priorityOf } from '../ports/queue.ts'

export interface FileChangePorts {
  readonly store: FileStore
  readonly files: Files
  readonly classes: () => Promise<FileClasses>
}

export interface FileWish {
  readonly filename?: string
  readonly reference?: string | null
  readonly custom_produce_config?: CustomProduceConfig | null
}

export class FileChanges {
  readonly #ports: FileChangePorts

  constructor(ports: FileChangePorts) {
    this.#ports = ports
  }

  /** The file, if the caller may change it and make others of it. Whoever may not know of it is told nothing else. */
  async demandRight(id: number, caller: Caller | null, recordUuid: string | null): Promise<StoredFile> {
    const [file] = await this.#ports.store.find([id])
    if (!file) return fail('InsufficientRights', { resource: String(id) })
    const right = (await this.#ports.files.rightsOf([file], caller, recordUuid)).get(id)
    if (!right?.visible) fail('InsufficientRights', { resource: String(id) })
    if (!right.mayProduce) fail('RightRequired', { right: 'asset_upload', rightdisplayname: rightDisplayname('asset_upload') })
    if (!isOriginal(file)) fail('ProduceOriginalOnly', {})
    return file
  }

  async change(file: StoredFile, { filename, reference, custom_produce_config: config }: FileWish, caller: Caller | null): Promise<void> {
    if (filename === undefined && reference === undefined && config === undefined)
      fail('ServerGeneric', { msg: 'the body has to say at least one of filename, reference and custom_produce_config' })
    const named = filename === undefined ? {} : await renamed(this.#ports, file, filename)
    const wish = {
      id: file.id,
      from: ANY_STATE,
      ...named,
      ...(reference !== undefined && { reference: reference || null }),
      ...(config !== undefined && { customProduceConfig: config }),
    }
    await this.#ports.store.change([wish], {
      // What the name or the recipes lead to is settled anew; versions that fit stay as they are.
      jobs:
        filename === undefined && config === undefined
          ? []
          : [{ name: 'file-process', payload: { file: file.id }, priority: priorityOf(file.priority) }],
      trail: { events: [], actor: caller },
    })
  }
}

const ANY_STATE = ['pending', 'processing', 'sync', 'done', 'failed'] as const

async function renamed(ports: Pick<FileChangePorts, 'classes'>, file: StoredFile, filename: string) {
  const classes = await ports.classes()
  const classified = classify(classes, filename)
  judgeName({ filename, produceVersions: file.produceVersions }, classes)
  const limit = limitOf(classes, classified.class)
  if (limit !== null && file.sizeBytes !== null && file.sizeBytes > limit && !file.leave) refuseSize(file.sizeBytes, limit)
  return { originalFilepath: filename, ...classified }
}
