/**
 * Handing out bytes: which version of which file an address means, and whether the one who asks may have it. A valid signature
 * stands for the right. Only a file that does not exist is not found; whatever else is wrong is refused, and looks the same.
 */
import { Readable } from 'node:stream'
import { fail } from '../errors.ts'
import { bytesLost, type OpenLocations } from '../locations/open-locations.ts'
import type { Caller } from '../people/caller.ts'
import { rightDisplayname } from '../people/rights-catalogue.ts'
import { BlobFailure, type BlobRange } from '../ports/blob-store.ts'
import { hasBytes } from './descriptor.ts'
import type { Files } from './files.ts'
import { isOriginal, placeOf, type StoredFile } from './file.ts'
import type { RemoteBodies } from '../produce/open-source.ts'
import type { FileStore } from './file-store.ts'
import type { FileSignatures } from './signature.ts'

export interface DeliveryPorts {
  readonly store: FileStore
  readonly files: Files
  readonly signatures: FileSignatures
  readonly locations: OpenLocations
  /** Of files that stay where they are. */
  readonly remote: RemoteBodies
  readonly managed: () => Promise<(file: StoredFile) => boolean>
}

export interface Address {
  readonly fileId: number
  readonly hash: string
  /** Name of a version with its extension, as in the addresses that are handed out; the bare name will do. */
  readonly version: string
  readonly signature: string | null
  readonly recordUuid: string | null
  /** Whether a name that no version has is not found; it is refused without. */
  readonly unknownIsMissing?: boolean
}

export interface Deliverable {
  /** The file that the address names. */
  readonly file: StoredFile
  /** Its version that is meant; the file itself where that is the original. */
  readonly version: StoredFile
  readonly name: string
}

export class Delivery {
  readonly #ports: DeliveryPorts

  constructor(ports: DeliveryPorts) {
    this.#ports = ports
  }

  /**
   * Fails with ResourceNotFound, InsufficientRights (it must not be known) or RightRequired (it may be known, not had). `toShow` asks
   * for less than a download.
   */
  async find(address: Address, caller: Caller | null, toShow: boolean): Promise<Deliverable> {
    const { file, versions } = await this.#ports.store.findVersion(address.fileId, address.hash)
    if (!file) return fail('ResourceNotFound', { resource: `file ${address.fileId}` })
    const found = versionOf(file, versions, address)
    if (!found) return address.unknownIsMissing ? this.#missOrRefuse(file, address) : refuse(address)
    if (address.signature === null) await this.#demandRight(found, address, caller, toShow)
    else await this.#demandSignature(found, address, address.signature)
    return found
  }

  /** Fails with FileNotReady or FileRenditionFailed where there are no bytes to give. */
  demandBytes({ version, name }: Deliverable): void {
    if (hasBytes(version)) return
    if (version.state === 'failed') fail('FileRenditionFailed', { version: name, msg: version.problem ?? 'a step of its making failed' })
    fail('FileNotReady', { file: version.id, status: version.state })
  }

  /** Fails with FileBytesMissing or FileStoreUnavailable. What stays elsewhere comes whole, whatever the range. A stream that breaks later is destroyed with the store's own failure. */
  async open(version: StoredFile, range: BlobRange | null, signal: AbortSignal): Promise<Readable> {
    const place = placeOf(version)
    if (!place) return Readable.from(await this.#ports.remote.open(version, signal), { objectMode: false })
    const { store } = await this.#ports.locations.byId(place.locationId)
    try {
      return await store.get(place.storageKey, { signal, ...(range && { range }) })
    } catch (error) {
      const moved = await this.#movedFrom(version, error)
      return moved ? this.open(moved, range, signal) : bytesLost(error, version.id, place.locationId)
    }
  }

  /** An address at which the store itself hands the bytes out; null where it does not, or must not. */
  async elsewhere(version: StoredFile, how: { readonly contentType: string; readonly contentDisposition: string }): Promise<string | null> {
    const place = placeOf(version)
    if (!place) return null
    const { location, store } = await this.#ports.locations.byId(place.locationId)
    return location.allowRedirect && store.signsUrls ? store.signedUrl(place.storageKey, { ...how, expiresSeconds: REDIRECT_SECONDS }) : null
  }

  async #missOrRefuse(file: StoredFile, address: Address): Promise<never> {
    const versions = [file, ...(await this.#ports.store.below([file.id]))]
    const isKnown = versions.some((version) => names(address.version, isOriginal(version) ? 'original' : (version.versionName ?? ''), version))
    return isKnown ? refuse(address) : fail('ResourceNotFound', { resource: `file ${file.id} as ${address.version}` })
  }

  async #demandSignature({ file, version, name }: Deliverable, address: Address, signature: string): Promise<void> {
    const judgement = await this.#ports.signatures.judge(signature, { fileId: file.id, hash: version.hash, version: name })
    if (judgement !== 'valid') fail('InsufficientRights', { resource: `${address.fileId}/signature ${judgement}` })
  }

  async #demandRight({ file, version, name }: Deliverable, address: Address, caller: Caller | null, toShow: boolean): Promise<void> {
    const [rights, isManaged] = await Promise.all([this.#ports.files.rightsOf([file], caller, address.recordUuid), this.#ports.managed()])
    const right = rights.get(file.id)
    if (!right?.visible) return refuse(address)
    const { show, download } = right.of(name, isManaged(version))
    if (download || (toShow && show)) return
    const missing = toShow ? 'asset_show' : 'asset_download'
    fail('RightRequired', { right: missing, rightdisplayname: rightDisplayname(missing) })
  }

  /** A file that was moved while its bytes were asked for lies somewhere else now. */
  async #movedFrom(version: StoredFile, error: unknown): Promise<StoredFile | undefined> {
    if (!(error instanceof BlobFailure) || error.trouble !== 'not-found') return undefined
    const [now] = await this.#ports.store.find([version.id])
    return now && now.storageKey !== null && now.storageKey !== version.storageKey ? now : undefined
  }
}

const REDIRECT_SECONDS = 300

function versionOf(file: StoredFile, versions: readonly StoredFile[], { hash, version: text }: Address): Deliverable | undefined {
  const own = isOriginal(file) ? 'original' : file.versionName
  if (own !== null && names(text, own, file) && file.hash === hash) return { file, version: file, name: own }
  if (!isOriginal(file)) return undefined
  const version = versions.find((row) => row.versionName !== null && names(text, row.versionName, row))
  return version && { file, version, name: version.versionName ?? '' }
}

const names = (text: string, name: string, { extension }: StoredFile) => text === name || text === `${name}.${extension}`

const refuse = ({ fileId, hash, version }: Address): never => fail('InsufficientRights', { resource: `${fileId}/${hash}/${version}` })
