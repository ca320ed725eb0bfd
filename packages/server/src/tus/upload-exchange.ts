/**
 * One request of the tus protocol. The kept library judges headers and leads through the protocol; what it asks of a store and of locks
 * is done by the uploads of the tenant, for the caller of this request alone. Its failures come out as ours.
 */
import { DataStore, Server, Upload, type Lock } from '@tus/server'
import { fail } from '@vitrine/domain/errors'
import { isWhole, type ResumableUploads } from '@vitrine/domain/files/resumable-uploads'
import type { UploadHold } from '@vitrine/domain/files/upload-hold'
import type { ResumableUpload } from '@vitrine/domain/files/upload-store'
import type { Caller } from '@vitrine/domain/people/caller'
import type { Readable } from 'node:stream'
import { failedWith } from './protocol-failures.ts'

export const TUS_EXTENSIONS = ['creation', 'creation-with-upload', 'creation-defer-length', 'expiration', 'termination']
export const TUS_PATH = '/api/v1/eas/tus'
/** Headers that count. Others, such as those of proxies, are not the library's to judge. */
const HEADERS = ['content-length', 'content-type', 'tus-resumable', 'upload-defer-length', 'upload-length', 'upload-metadata', 'upload-offset']

export interface ExchangePorts {
  readonly uploads: ResumableUploads
  readonly caller: Caller
  /** Told of a file that could not be made yet; it will be tried again. */
  readonly onUnfinished: (error: unknown) => void
}

/** What can be told of the upload when the request has been carried out. */
export interface Exchanged {
  readonly headers: Headers
  /** Null when it is gone. */
  readonly upload: ResumableUpload | null
}

/** `id` names the upload; null to begin one. Fails with the codes of the contract. */
export async function exchange(
  ports: ExchangePorts,
  request: Request,
  body: ReadableStream<Uint8Array> | null,
  id: string | null,
): Promise<Exchanged> {
  const data = new UploadData(ports, request.method)
  const server = new Server({
    path: TUS_PATH,
    datastore: data,
    relativeLocation: true,
    locker: { newLock: (upload) => data.lock(upload) },
    // Whoever is asked to let go keeps what has come, and does so at once.
    lockDrainTimeout: 1,
    getFileIdFromRequest: () => id ?? undefined,
    onResponseError: (_, error) => failedWith(error, data.upload, Number(request.headers.get('upload-offset'))),
  })
  const response = await server.handleWeb(forLibrary(request, body, id))
  if (response.status >= 400) fail('ServerGeneric', { msg: (await response.text()).trim(), where: 'header' })
  return { headers: response.headers, upload: data.upload }
}

/** The path is read by the library, which takes a query for a part of the id. */
function forLibrary(request: Request, body: ReadableStream<Uint8Array> | null, id: string | null): Request {
  const headers = HEADERS.flatMap((name): [string, string][] => {
    const value = request.headers.get(name)
    return value === null || value === '' ? [] : [[name, value]]
  })
  const url = new URL(id === null ? TUS_PATH : `${TUS_PATH}/upload`, request.url)
  return new Request(url, { method: request.method, headers, body, duplex: 'half' } as RequestInit)
}

class UploadData extends DataStore {
  /** As it is known after the last step. */
  upload: ResumableUpload | null = null
  readonly #ports: ExchangePorts
  readonly #method: string
  #hold: UploadHold | null = null

  constructor(ports: ExchangePorts, method: string) {
    super()
    this.extensions = TUS_EXTENSIONS
    this.#ports = ports
    this.#method = method
  }

  /** A new upload is held by whoever begins it. Asking how far one has come must not fail; the others have to be alone. */
  lock(id: string): Lock {
    const begins = this.#method === 'POST'
    return {
      lock: async (_, cancel) => {
        this.#onWanted = () => void cancel()
        if (begins) return
        await this.#look(id)
        this.#hold = await this.#ports.uploads.hold(id, { patient: this.#method !== 'PATCH', onWanted: this.#onWanted })
        if (!this.#hold && this.#method !== 'HEAD') fail('UploadBusy', { upload: id })
      },
      unlock: async () => {
        // A body that breaks off ends the library's own waiting, while the last of what has come is still being kept.
        await this.#writing.catch(() => undefined)
        await this.#hold?.release()
      },
    }
  }
  #onWanted: () => void = () => undefined
  #writing: Promise<unknown> = Promise.resolve()

  override async create(file: Upload): Promise<Upload> {
    const { uploads, caller } = this.#ports
    const ask = { metadata: file.metadata ?? {}, sizeBytes: file.size ?? null }
    this.#hold = await uploads.begin(file.id, ask, caller, this.#onWanted)
    await this.#look(file.id)
    if (ask.sizeBytes === 0) await this.#orNothing(() => this.#finish())
    return file
  }

  override async getUpload(id: string): Promise<Upload> {
    let upload = await this.#look(id)
    if (this.#method === 'HEAD' && this.#hold && isWhole(upload) && upload.fileId === null) {
      // Whether it works or not, the question is how far the upload has come.
      await this.#finish().catch(this.#ports.onUnfinished)
      upload = await this.#look(id)
    }
    return new Upload({
      id,
      offset: upload.offsetBytes,
      ...(upload.sizeBytes !== null && { size: upload.sizeBytes }),
      ...(Object.keys(upload.metadata).length > 0 && { metadata: { ...upload.metadata } }),
    })
  }

  override async declareUploadLength(id: string, sizeBytes: number): Promise<void> {
    await this.#ports.uploads.declare(this.#held(), await this.#look(id), sizeBytes)
    await this.#look(id)
  }

  override async write(stream: Readable, id: string): Promise<number> {
    const begins = this.#method === 'POST'
    const work = async () => {
      const upload = this.upload ?? (await this.#look(id))
      const offset =
        upload.fileId === null ? await this.#ports.uploads.write(this.#held(), upload, stream, { finishLater: !begins }) : upload.offsetBytes
      if (isWhole(await this.#look(id))) await this.#finish()
      return offset
    }
    const writing = begins ? this.#orNothing(work) : work()
    this.#writing = writing
    return writing
  }

  override async remove(): Promise<void> {
    await this.#ports.uploads.end(this.#held())
    this.upload = null
  }

  /** Whoever is not answered the address of a new upload cannot go on with it, and begins another one. */
  async #orNothing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      // One that has been refused for good is gone already; one that cannot be removed now goes when its time is up.
      await this.#ports.uploads.end(this.#held()).catch(() => undefined)
      throw error
    }
  }

  async #finish(): Promise<void> {
    const { uploads, caller } = this.#ports
    const upload = this.upload
    if (!upload) return
    const fileId = await uploads.finish(this.#held(), upload, caller)
    this.upload = { ...upload, fileId }
  }

  async #look(id: string): Promise<ResumableUpload> {
    this.upload = await this.#ports.uploads.find(id, this.#ports.caller)
    return this.upload
  }

  #held(): UploadHold {
    if (!this.#hold) throw new Error('an upload is worked on that is not held')
    return this.#hold
  }
}
