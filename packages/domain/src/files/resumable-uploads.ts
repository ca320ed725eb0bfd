/**
 * Files that arrive in as many requests as it takes. What has arrived is kept in pieces, each an object with a row of its own, so that
 * any store and any server will do and no more than the piece under way is lost when a server dies. With the last byte the
 * pieces become one file, exactly once: the row of the file and the note at the upload are written in one transaction.
 */
import type { Access } from '../access/access.ts'
import { DomainError, fail, isDomainError } from '../errors.ts'
import type { EventActor } from '../events/new-event.ts'
import type { AnyJob } from '../jobs.ts'
import { storeFailed, type OpenLocation, type OpenLocations } from '../locations/open-locations.ts'
import type { Caller } from '../people/caller.ts'
import type { Clock } from '../ports/clock.ts'
import type { Counters } from '../ports/counters.ts'
import type { JobWriter } from '../ports/queue.ts'
import { CutBody } from './cut-body.ts'
import { purposeOf, type KeptBytes } from './file.ts'
import type { FileClasses } from './file-classes.ts'
import type { FileStore } from './file-store.ts'
import type { UploaderNames } from './files.ts'
import type { KeepBytes } from './keep-bytes.ts'
import { HOLD_MS, holdUpload, newHolding, UploadHold } from './upload-hold.ts'
import type { ResumableUpload, UploadMetadata, UploadStore } from './upload-store.ts'
import { demandKeepable, toldBy, type ToldUpload } from './upload-wish.ts'
import { demandUploadRight, effectsOf, judgeWish, kindOf, limited, newFile } from './uploads.ts'

export interface ResumablePorts {
  readonly store: UploadStore
  readonly files: FileStore
  readonly bytes: KeepBytes
  readonly locations: OpenLocations
  readonly counters: Counters
  readonly access: Access
  readonly classes: () => Promise<FileClasses>
  readonly users: UploaderNames
  readonly jobs: JobWriter<AnyJob>
  readonly clock: Clock
  /** Most bytes of a piece, which is what a server that dies loses at most. */
  readonly pieceBytes?: number | undefined
}

export interface UploadAsk {
  readonly metadata: UploadMetadata
  readonly sizeBytes: number | null
}

/** How long an upload waits for its next byte. */
const WAIT_MS = 7 * 24 * 60 * 60 * 1000
/** How long it is known what an upload has become. */
const REMEMBER_MS = 24 * 60 * 60 * 1000
/** Before somebody else than the request that brought the last byte makes the file. */
const FINISH_SECONDS = 60
const PIECE_BYTES = 8 * 1024 * 1024
const PIECES_READ_AT_ONCE = 500
/** What an upload is refused for as a whole: no repetition would help. */
const FINAL: ReadonlySet<string> = new Set(['UploadError', 'EasDuplicateReference', 'EasNoParentID', 'FileVersionRefused', 'FileLimitExceeded'])

export const isWhole = ({ sizeBytes, offsetBytes }: ResumableUpload): boolean => sizeBytes === offsetBytes

export class ResumableUploads {
  readonly #ports: ResumablePorts

  constructor(ports: ResumablePorts) {
    this.#ports = ports
  }

  /** Fails with RightRequired. */
  demandRight(caller: Caller): Promise<void> {
    return demandUploadRight(this.#ports.access, caller)
  }

  /** Refuses whatever can be refused before the bytes come. The upload is held by whoever begins it. */
  async begin(id: string, ask: UploadAsk, caller: Caller, onWanted: () => void): Promise<UploadHold> {
    const { store, files, locations, classes } = this.#ports
    demandKeepable(ask.metadata)
    const { wish } = toldBy(ask.metadata, ask.sizeBytes)
    await judgeWish({ store: files, classes }, wish)
    const [taken] = wish.reference === null ? [] : await files.findByReference([wish.reference])
    if (taken) fail('EasDuplicateReference', { reference: wish.reference ?? '', file: taken.id })
    const { location } = await locations.forPurpose('originals')
    const upload = { id, userId: caller.userId, expiresAt: this.#after(WAIT_MS), locationId: location.id, ...ask }
    const holding = newHolding(id)
    await store.begin(upload, holding, HOLD_MS, [expireJob(id, WAIT_MS)])
    return new UploadHold(store, holding, onWanted)
  }

  /** To everybody but the one who began it, and root, it is as if it did not exist. */
  async find(id: string, caller: Caller): Promise<ResumableUpload> {
    const upload = await this.#ports.store.find(id)
    const seen = upload && (upload.userId === caller.userId || caller.root) && upload.expiresAt > this.#ports.clock()
    return seen ? upload : fail('ResourceNotFound', { resource: 'upload' })
  }

  /** Null while somebody else adds to it. Whoever is patient asks the holder to let go, and waits for it. */
  hold(id: string, options: { readonly patient: boolean; readonly onWanted: () => void }): Promise<UploadHold | null> {
    return holdUpload(this.#ports.store, id, options)
  }

  /** Says how long the file will be. Fails with FileLimitExceeded. */
  async declare({ holding }: UploadHold, upload: ResumableUpload, sizeBytes: number): Promise<void> {
    await this.#refusing(holding, () => judgeWish({ store: this.#ports.files, classes: this.#ports.classes }, this.#told(upload, sizeBytes).wish))
    await this.#ports.store.declare(holding, sizeBytes)
  }

  /**
   * Adds what comes, and makes the file when that was the last of it. Answers how far the upload is then. Fails with what the body fails
   * with, when everything that came before is kept. `finishLater` has the file made although whoever brought the last byte has died.
   */
  async write(
    hold: UploadHold,
    upload: ResumableUpload,
    body: AsyncIterable<Uint8Array>,
    options: { readonly finishLater: boolean },
  ): Promise<number> {
    const { holding } = hold
    const { limit } = await this.#refusing(holding, () => this.#judge(upload))
    const bounded = limit === null ? body : limited(body, limit, upload.offsetBytes)
    const cut = new CutBody(bounded, this.#ports.pieceBytes ?? PIECE_BYTES)
    let at = upload.offsetBytes
    const place = await this.#writable(upload.locationId)
    while (await cut.more()) {
      const kept = await this.#ports.bytes.keepAt(place, 'uploads', cut.piece())
      const jobs = options.finishLater && at + kept.sizeBytes === upload.sizeBytes ? [finishJob(upload.id)] : []
      await this.#addPiece(hold, at, kept, jobs)
      at += kept.sizeBytes
    }
    await this.#refusing(holding, () => Promise.resolve(cut.demandWhole()))
    return at
  }

  /** Makes the file of an upload that is whole. One that can never become a file is thrown away, and the reason is the failure. */
  async finish({ holding }: UploadHold, upload: ResumableUpload, actor: EventActor): Promise<number> {
    if (upload.fileId !== null) return upload.fileId
    const { store, bytes, counters } = this.#ports
    return this.#refusing(holding, async () => {
      const told = this.#told(upload, upload.sizeBytes)
      const { classified } = await this.#judge(upload)
      const kept = await this.#together(upload, told)
      const [id = 0] = await counters.draw('file', 1)
      const file = newFile({ wish: told.wish, classified, bytes: kept }, id, upload.userId)
      const done = await store
        .finish(holding, file, this.#after(REMEMBER_MS), effectsOf([file], actor))
        .catch((error: unknown) => this.#unkept(kept, error))
      await bytes.giveBack(done.fileId === id ? done.places : [kept])
      return done.fileId
    })
  }

  /** Throws away what has arrived; the file of an upload that has become one stays. */
  async end({ holding }: Pick<UploadHold, 'holding'>): Promise<void> {
    await this.#ports.bytes.giveBack(await this.#ports.store.remove(holding))
  }

  /** For the background: makes the file that nobody has made. Fails to be called again. */
  async finishLeft(id: string): Promise<void> {
    await this.#held(id, async (hold, upload) => {
      if (!isWhole(upload) || upload.fileId !== null) return
      const uploader = (await this.#ports.users.short([upload.userId])).get(upload.userId)
      const actor = { userId: upload.userId, displayname: String(uploader?.user?._generated_displayname ?? '') }
      await this.finish(hold, upload, actor).catch((error: unknown) => {
        // Refused for good, and thrown away: that is an end as well.
        if (!isFinal(error)) throw error
      })
    })
  }

  /** For the background: removes an upload whose time is up, or comes again. */
  async expire(id: string): Promise<void> {
    await this.#held(id, async (hold, { expiresAt }) => {
      const left = expiresAt.getTime() - this.#ports.clock().getTime()
      if (left > 0) await this.#ports.jobs.add([expireJob(id, left)])
      else await this.end(hold)
    })
  }

  async #held(id: string, work: (hold: UploadHold, upload: ResumableUpload) => Promise<void>): Promise<void> {
    const hold = await this.hold(id, { patient: false, onWanted: () => undefined })
    const upload = await this.#ports.store.find(id)
    if (!upload) return
    if (!hold) return fail('UploadBusy', { upload: id })
    try {
      await work(hold, upload)
    } finally {
      await hold.release()
    }
  }

  async #addPiece({ holding }: UploadHold, startByte: number, kept: KeptBytes, jobs: readonly AnyJob[]): Promise<void> {
    await this.#ports.store.addPiece(holding, startByte, kept, this.#after(WAIT_MS), jobs).catch((error: unknown) => this.#unkept(kept, error))
  }

  /** Only after a refusal it is known that no row names the bytes; whatever else went wrong, the journal decides. */
  async #unkept(kept: KeptBytes, error: unknown): Promise<never> {
    if (error instanceof DomainError && !error.retryable) await this.#ports.bytes.giveBack([kept])
    throw error
  }

  async #together(upload: ResumableUpload, { wish, sha256 }: ToldUpload): Promise<KeptBytes> {
    const kept = await this.#ports.bytes.keep(purposeOf(kindOf(wish)), this.#bytesOf(upload), { sizeBytes: upload.offsetBytes })
    if (sha256 === null || sha256 === kept.sha256) return kept
    await this.#ports.bytes.giveBack([kept])
    return fail('UploadError', { filename: wish.filename, msg: `its SHA-256 is ${kept.sha256}, and not the one that was told` })
  }

  async *#bytesOf({ id, offsetBytes, locationId }: ResumableUpload): AsyncGenerator<Uint8Array, void, undefined> {
    const { store } = await this.#ports.locations.byId(locationId)
    for (let at = 0; at < offsetBytes;) {
      const pieces = await this.#ports.store.pieces(id, at, PIECES_READ_AT_ONCE)
      if (pieces.length === 0) fail('ResourceNotFound', { resource: 'upload' })
      for (const { storageKey, sizeBytes } of pieces) {
        try {
          yield* (await store.get(storageKey)) as AsyncIterable<Uint8Array>
        } catch (error) {
          storeFailed(error, locationId)
        }
        at += sizeBytes
      }
    }
  }

  async #refusing<T>(holding: UploadHold['holding'], work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      // What cannot be removed now goes when its time is up; the refusal is what has to be told.
      if (isFinal(error)) await this.end({ holding }).catch(() => undefined)
      throw error
    }
  }

  async #writable(locationId: number): Promise<OpenLocation> {
    const place = await this.#ports.locations.byId(locationId)
    return place.location.readOnly
      ? fail('FileStoreUnavailable', { location: String(locationId) }, { note: 'the location has become read only' })
      : place
  }

  #judge(upload: ResumableUpload) {
    return judgeWish({ store: this.#ports.files, classes: this.#ports.classes }, this.#told(upload, upload.sizeBytes).wish)
  }

  #told({ metadata }: ResumableUpload, sizeBytes: number | null): ToldUpload {
    return toldBy(metadata, sizeBytes)
  }

  #after(ms: number): Date {
    return new Date(this.#ports.clock().getTime() + ms)
  }
}

const isFinal = (error: unknown) => isDomainError(error) && FINAL.has(error.code)
const expireJob = (upload: string, ms: number): AnyJob => ({ name: 'upload-expire', payload: { upload }, delaySeconds: Math.ceil(ms / 1000) })
const finishJob = (upload: string): AnyJob => ({ name: 'upload-finish', payload: { upload }, delaySeconds: FINISH_SECONDS })
