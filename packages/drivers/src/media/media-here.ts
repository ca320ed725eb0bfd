/**
 * Media on this machine. Nothing is opened in this process: types are recognised and pictures decoded in worker processes,
 * documents and films by programs of the system. Recognising has a process of its own, so that an upload does not wait for
 * somebody's panorama.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, open, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import {
  MediaFailure,
  type DetectedType,
  type ImageFormat,
  type ImageRecipe,
  type MadeImage,
  type Media,
  type MediaFacts,
  type MediaSource,
} from '@vitrine/domain/ports/media'
import { drawFrame, readFilm } from './film.ts'
import { kindOf, promisedKind, type Kind, type PictureKind } from './kinds.ts'
import { MEDIA_LIMITS, type MediaLimits } from './limits.ts'
import { drawPage, readPdf } from './pdf.ts'
import { WorkerPool } from './pool.ts'
import { Programs } from './programs.ts'

export interface MediaOptions {
  readonly limits?: Partial<MediaLimits>
  /** Where pages, frames and streamed images lie while they are needed; the system's folder without it. */
  readonly tempDir?: string
  /** Folders, as in PATH, where programs are looked for. */
  readonly searchPath?: string
  /** How many pictures are opened at the same time; as many as there are processors, at most four, without it. */
  readonly processes?: number
  /** After how long without work a process ends. */
  readonly idleMs?: number
}

const HEAD_BYTES = 4100
/** Most of it is for a machine so busy that the process takes seconds to start. */
const DETECT_MS = 20_000
const DETECT_MEMORY_BYTES = 512 * 1024 * 1024
const DETECT_HEAP_MB = 64
const USUAL_SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin'
const NEVER = new AbortController().signal

interface Recognised {
  readonly path: string
  readonly type: DetectedType | null
  readonly kind: Kind
  readonly leveled: boolean
}

interface Pixels {
  readonly kind: PictureKind
  readonly path: string
  readonly leveled: boolean
}

export class MediaHere implements Media {
  readonly writable: ReadonlySet<ImageFormat> = new Set<ImageFormat>(['jpg', 'png', 'webp', 'tif', 'gif', 'jp2', 'bmp', 'psd', 'pdf'])
  readonly #limits: MediaLimits
  readonly #tempDir: string
  readonly #programs: Programs
  readonly #recognisers: WorkerPool
  readonly #workers: WorkerPool

  constructor(options: MediaOptions = {}) {
    this.#limits = { ...MEDIA_LIMITS, ...options.limits }
    this.#tempDir = options.tempDir ?? tmpdir()
    this.#programs = new Programs(options.searchPath ?? USUAL_SEARCH_PATH)
    const common = { waitMs: this.#limits.waitMs, ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }) }
    this.#recognisers = new WorkerPool({ ...common, size: 1, heapMb: DETECT_HEAP_MB })
    this.#workers = new WorkerPool({ ...common, ...(options.processes === undefined ? {} : { size: options.processes }) })
  }

  /** Pids of the processes there are now. */
  get pids(): readonly number[] {
    return [...this.#recognisers.pids, ...this.#workers.pids]
  }

  /** What is under way fails as `aborted`. */
  async close(): Promise<void> {
    await Promise.all([this.#recognisers.close(), this.#workers.close()])
  }

  async detect(head: Uint8Array): Promise<DetectedType | null> {
    return this.#detect(head, NEVER)
  }

  async read(source: MediaSource, signal: AbortSignal): Promise<MediaFacts> {
    const found = await this.#recognise(source, signal)
    const { technical, tags } = await this.#facts(found, signal)
    const type = found.type === null ? {} : { mime_type: found.type.mimeType, file_type_extension: found.type.extension }
    return { technical: { ...technical, ...type }, tags }
  }

  async image(source: MediaSource, recipe: ImageRecipe, target: string, signal: AbortSignal): Promise<MadeImage> {
    const unfinished = `${resolve(target)}.${randomUUID()}.part`
    try {
      const made = await this.#make(await this.#recognise(source, signal), recipe, unfinished, signal)
      await rename(unfinished, target)
      return made
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
  }

  async stream(source: MediaSource, recipe: ImageRecipe, signal: AbortSignal): Promise<{ body: Readable; image: MadeImage }> {
    const path = join(this.#tempDir, `vitrine-image-${randomUUID()}`)
    try {
      const image = await this.#make(await this.#recognise(source, signal), recipe, path, signal)
      const file = await open(path)
      return { body: file.createReadStream({ signal }), image }
    } finally {
      // An open file is read to its end without a name, and leaves nothing behind if this process dies before.
      await rm(path, { force: true })
    }
  }

  async levels(source: MediaSource, target: string, signal: AbortSignal): Promise<void> {
    const { path, kind, type } = await this.#recognise(source, signal)
    if (kind === 'other' || kind === 'sound' || kind === 'pdf' || kind === 'film')
      throw new MediaFailure('unsupported', `${type?.mimeType ?? 'a file of an unknown kind'} is not written in levels`)
    const unfinished = `${resolve(target)}.${randomUUID()}.part`
    const { outputBytes, memoryBytes, imageMs } = this.#limits
    const terms = { signal, timeoutMs: imageMs, memoryBytes, file: { path: unfinished, bytes: outputBytes } }
    try {
      await this.#workers.run({ do: 'levels', kind, path, target: unfinished, limits: this.#limits }, terms)
      await rename(unfinished, target)
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
  }

  async #detect(head: Uint8Array, signal: AbortSignal): Promise<DetectedType | null> {
    return this.#recognisers.run(
      { do: 'detect', head: head.subarray(0, HEAD_BYTES) },
      { signal, timeoutMs: DETECT_MS, memoryBytes: DETECT_MEMORY_BYTES },
    )
  }

  async #recognise({ path, extension, leveled = false }: MediaSource, signal: AbortSignal): Promise<Recognised> {
    if (leveled) return { path: resolve(path), type: null, kind: 'image', leveled }
    const head = await headOf(path)
    const type = await this.#detect(head, signal)
    const kind = kindOf(type)
    if (kind === 'other' && promisedKind(extension) !== 'other') {
      const inside = type?.mimeType ?? (head.length === 0 ? 'nothing' : 'nothing of a known kind')
      throw new MediaFailure('broken', `it is named ${extension}, but holds ${inside}`)
    }
    return { path: resolve(path), type, kind, leveled }
  }

  async #facts({ path, type, kind }: Recognised, signal: AbortSignal): Promise<MediaFacts> {
    const terms = { signal, timeoutMs: this.#limits.readMs, memoryBytes: this.#limits.memoryBytes }
    if (kind === 'other') return { technical: {}, tags: [] }
    if (kind === 'pdf') return readPdf(this.#programs, path, terms)
    if (kind === 'film') return readFilm(this.#programs, { path, type }, terms)
    return this.#workers.run({ do: 'read', kind, path, limits: this.#limits }, terms)
  }

  async #make(found: Recognised, recipe: ImageRecipe, target: string, signal: AbortSignal): Promise<MadeImage> {
    const { path, type, kind } = found
    if (!this.writable.has(recipe.format)) throw new MediaFailure('unsupported', `${recipe.format} is not written here`)
    if (kind === 'other' || kind === 'sound')
      throw new MediaFailure('unsupported', `no image is made of ${type?.mimeType ?? 'a file of an unknown kind'}`)
    if (kind !== 'pdf' && kind !== 'film') return this.#picture({ kind, path, leveled: found.leveled }, recipe, target, signal)
    return this.#withFolder(async (dir) => {
      const drawn = join(dir, 'drawn.png')
      const { outputBytes, memoryBytes, imageMs } = this.#limits
      const terms = { signal, timeoutMs: imageMs, memoryBytes, file: { path: drawn, bytes: outputBytes } }
      const rest =
        kind === 'pdf'
          ? await drawPage(this.#programs, path, recipe, drawn, this.#limits, terms)
          : await drawFrame(this.#programs, { path, type }, recipe, drawn, this.#limits, terms)
      return this.#picture({ kind: 'image', path: drawn, leveled: false }, rest, target, signal)
    })
  }

  async #picture(source: Pixels, recipe: ImageRecipe, target: string, signal: AbortSignal): Promise<MadeImage> {
    const { outputBytes, memoryBytes, imageMs } = this.#limits
    const terms = { signal, timeoutMs: imageMs, memoryBytes, file: { path: target, bytes: outputBytes } }
    const made = await this.#workers.run<MadeImage>({ do: 'image', ...source, recipe, target, limits: this.#limits }, terms)
    // One that was written between two looks at it.
    if (made.sizeBytes > outputBytes) throw new MediaFailure('too-large', `the result is larger than ${outputBytes} bytes`)
    return made
  }

  async #withFolder<T>(use: (dir: string) => Promise<T>): Promise<T> {
    const dir = await mkdtemp(join(this.#tempDir, 'vitrine-media-'))
    try {
      return await use(dir)
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  }
}

async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
