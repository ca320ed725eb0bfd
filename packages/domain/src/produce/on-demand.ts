/**
 * Images that are made while somebody waits, and kept nowhere: tiles, IIIF images, downloads in another form. The bytes behind them are
 * copied to this machine once for all that follow. Bytes never change, so what was made can be kept by clients for ever.
 */
import type { Readable } from 'node:stream'
import { fail } from '../errors.ts'
import type { StoredFile } from '../files/file.ts'
import type { ImageSize } from '../iiif/image-request.ts'
import { MediaFailure, type ImageRecipe, type MadeImage, type Media, type MediaSource } from '../ports/media.ts'
import type { KeptCopies, WorkFiles } from '../ports/work-files.ts'
import type { OpenSource } from './open-source.ts'
import { IMAGE_EXTENSIONS } from './produce-config.ts'
import { stepsOf } from './recipe-steps.ts'

export interface OnDemandPorts {
  readonly media: Media
  readonly copies: KeptCopies
  readonly work: WorkFiles
  readonly source: OpenSource
  readonly instanceId: string
}

export interface OnDemandImage {
  readonly body: Readable
  readonly image: MadeImage
}

export class OnDemand {
  readonly #ports: OnDemandPorts

  constructor(ports: OnDemandPorts) {
    this.#ports = ports
  }

  get writable(): Media['writable'] {
    return this.#ports.media.writable
  }

  /**
   * Size of the upright image. Fails with FileNotReady for what has not been looked at, with FileRenditionFailed for what could not be
   * opened, and with ProduceExtensionNotSupported for what is no image.
   */
  sizeOf({ id, technical, versionName, state, problem, extension }: StoredFile): ImageSize {
    const { width, height } = technical
    if (width !== undefined && height !== undefined) return { width, height }
    if (state === 'pending' || state === 'processing') return fail('FileNotReady', { file: id, status: state })
    if (state === 'failed') return fail('FileRenditionFailed', { version: versionName ?? 'original', msg: problem ?? 'it could not be opened' })
    return fail('ProduceExtensionNotSupported', { extension, supportedextensions: IMAGE_EXTENSIONS })
  }

  /**
   * Does everything in the order that the recipe says, which is that of tiles and of IIIF. Fails with FileRenditionFailed,
   * FileBytesMissing or FileStoreUnavailable before anything is sent.
   */
  make(version: StoredFile, recipe: ImageRecipe, signal: AbortSignal): Promise<OnDemandImage> {
    return this.#make(version, (source) => this.#ports.media.stream(source, recipe, signal))
  }

  /** The same, but a part is one of the picture after it has been turned, as in all other recipes. */
  convert(version: StoredFile, recipe: ImageRecipe, signal: AbortSignal): Promise<OnDemandImage> {
    const { first, last } = stepsOf(recipe)
    if (!first) return this.make(version, last, signal)
    const { media, work } = this.#ports
    return this.#make(version, (source) =>
      work.withTarget(async (between) => {
        await media.image(source, first, between.path, signal)
        return media.stream({ path: between.path, extension: first.format }, last, signal)
      }),
    )
  }

  async #make(version: StoredFile, work: (source: MediaSource) => Promise<OnDemandImage>): Promise<OnDemandImage> {
    const { copies, source, instanceId } = this.#ports
    const lease = await copies.lease(`${instanceId} ${version.id}`, () => source.open(version))
    try {
      const made = await work({ path: lease.path, extension: version.extension })
      made.body.once('close', lease.release)
      return made
    } catch (error) {
      lease.release()
      if (!(error instanceof MediaFailure)) throw error
      return fail('FileRenditionFailed', { version: version.versionName ?? 'original', msg: `${error.trouble}: ${error.message}` }, { cause: error })
    }
  }
}
