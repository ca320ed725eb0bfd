/**
 * How a body gets into a container: in one request if it fits into a part; else as segments in a container beside it, and at last a
 * manifest under the key, with which the object becomes visible. A manifest may name no more than some segments, so those of very
 * large objects name manifests.
 */
import { createHash, randomUUID } from 'node:crypto'
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { hasty, statusFailure, type Patience } from './http.ts'
import { inParallel, partSizes, partsOf, wholeOrParts, type PartLimits } from './parts.ts'
import { either, goneAlready, visibly } from './remote.ts'
import { parsed } from './swift-access.ts'
import type { SwiftConnection } from './swift-client.ts'

export interface SwiftTarget {
  readonly connection: SwiftConnection
  readonly container: string
  /** Where segments lie, as `key/upload/number`. */
  readonly segments: string
  readonly key: string
  readonly contentType: string
  readonly patience: Patience
  readonly signal?: AbortSignal | undefined
}

export interface SwiftPartLimits extends PartLimits {
  /** Entries in a manifest. */
  readonly entries: number
}

/** Tells tidying which upload an object is made of. */
export const UPLOAD_HEADER = 'X-Object-Meta-Upload'
export const REMOVE_WITH_SEGMENTS = { 'multipart-manifest': 'delete' }

interface Entry {
  readonly path: string
  readonly etag: string
  readonly size_bytes: number
}

export async function upload(
  target: SwiftTarget,
  body: AsyncIterable<Uint8Array>,
  limits: SwiftPartLimits,
  sizeBytes: number | undefined,
): Promise<void> {
  const content = await wholeOrParts(partsOf(body, partSizes(limits, sizeBytes)))
  if (Buffer.isBuffer(content)) {
    const headers = { 'Content-Type': target.contentType }
    await show(target, async () => put(target, { container: target.container, key: target.key, headers }, content), {})
  } else await putSegments(target, content, limits)
}

async function putSegments(target: SwiftTarget, parts: AsyncIterable<Buffer>, { parallel, entries }: SwiftPartLimits): Promise<void> {
  const { connection, segments, key, signal } = target
  const upload = randomUUID()
  await mustHold(target)
  try {
    const list: Entry[] = []
    await inParallel(parts, parallel, async (bytes, index, stopped) => {
      const place = { container: segments, key: `${key}/${upload}/${String(index).padStart(8, '0')}`, headers: {} }
      list[index] = await put({ ...target, signal: either(signal, stopped) }, place, bytes)
    })
    const top = await grouped(target, list, entries, upload)
    const headers = { 'Content-Type': target.contentType, [UPLOAD_HEADER]: upload }
    await show(target, () => putManifest(target, { container: target.container, key, headers }, top), REMOVE_WITH_SEGMENTS)
  } catch (error) {
    // What cannot be removed now is removed by tidying.
    await removeUpload(connection, segments, `${key}/${upload}/`, hasty(target.patience)).catch(() => undefined)
    throw error
  }
}

/** There is a container for segments, unless there is none for objects. */
async function mustHold({ connection, container, segments, signal }: SwiftTarget): Promise<void> {
  await connection.ask({ method: 'HEAD', container }, { signal }).catch(noContainer)
  await connection.ask({ method: 'PUT', container: segments }, { signal })
}

async function grouped(target: SwiftTarget, list: readonly Entry[], most: number, upload: string): Promise<readonly Entry[]> {
  if (list.length <= most) return list
  const manifests: Entry[] = []
  for (let at = 0; at < list.length; at += most) {
    const place = { container: target.segments, key: `${target.key}/${upload}/m${String(at).padStart(8, '0')}`, headers: {} }
    manifests.push(await putManifest(target, place, list.slice(at, at + most)))
  }
  return manifests
}

/** Makes the object visible, and looks at it. */
const show = (target: SwiftTarget, step: () => Promise<Entry>, removal: Readonly<Record<string, string>>): Promise<void> => {
  const { connection, container, key, patience, signal } = target
  return visibly(
    async () => {
      const stored = await step()
      const { headers } = await connection.ask({ method: 'HEAD', container, key }, { signal })
      if (headers['content-length'] !== String(stored.size_bytes) || etagOf(headers) !== stored.etag)
        throw new BlobFailure('corrupt', `the store has ${headers['content-length']} bytes instead of the ${stored.size_bytes} it has taken`)
    },
    () => connection.ask({ method: 'DELETE', container, key, query: removal }, { patience: hasty(patience) }),
  )
}

interface Place {
  readonly container: string
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
}

/** Sends bytes that are at hand, with a checksum that the store compares. */
async function put({ connection, signal }: SwiftTarget, { container, key, headers }: Place, bytes: Buffer): Promise<Entry> {
  const etag = createHash('md5').update(bytes).digest('hex')
  const answer = await connection
    .ask({ method: 'PUT', container, key, headers: { ...headers, ETag: etag }, body: bytes }, { signal })
    .catch(noContainer)
  if (etagOf(answer.headers) !== etag) throw new BlobFailure('corrupt', 'the store has taken other bytes than those it was sent')
  return { path: pathOf(container, key), etag, size_bytes: bytes.length }
}

/** The store looks at every segment before it answers, and sends spaces meanwhile if it knows how to. */
async function putManifest({ connection, signal }: SwiftTarget, { container, key, headers }: Place, entries: readonly Entry[]): Promise<Entry> {
  const etag = createHash('md5')
    .update(entries.map((entry) => entry.etag).join(''))
    .digest('hex')
  const query = { 'multipart-manifest': 'put', heartbeat: 'on' }
  const body = JSON.stringify(entries)
  const told = { ...headers, ETag: etag, Accept: 'application/json' }
  const answer = await connection.ask({ method: 'PUT', container, key, query, headers: told, body }, { signal }).catch(noContainer)
  if (answer.status === 202) {
    const late = parsed<{ readonly 'Response Status'?: string; readonly Errors?: readonly unknown[] }>(answer.text.trim())
    const status = Number.parseInt(late['Response Status'] ?? '', 10)
    // Segments that are not as the manifest says are segments that have been changed or lost.
    if (status === 400 && late.Errors?.length) throw new BlobFailure('corrupt', 'the store does not have the parts that it has taken')
    if (status !== 201) throw statusFailure(status, 'putting parts together')
  }
  return { path: pathOf(container, key), etag, size_bytes: entries.reduce((sum, entry) => sum + entry.size_bytes, 0) }
}

/** Removes everything below, in pages, as often as there is something. */
export async function removeUpload(connection: SwiftConnection, container: string, prefix: string, patience: Patience): Promise<void> {
  for (;;) {
    const { text } = await connection.ask({ method: 'GET', container, query: { format: 'json', prefix, limit: '1000' } }, { patience })
    const names = parsed<readonly { readonly name: string }[]>(text || '[]')
    if (names.length === 0) return
    await inParallel(names, 4, async ({ name }, _, signal) => {
      await connection.ask({ method: 'DELETE', container, key: name }, { patience, signal }).catch(goneAlready)
    })
  }
}

/** Where an object is put or a container is looked at, only the container can be missing. */
export function noContainer(error: unknown): never {
  throw error instanceof BlobFailure && error.trouble === 'not-found' ? new BlobFailure('misconfigured', 'there is no such container', error) : error
}

const etagOf = (headers: Readonly<Record<string, string | string[] | undefined>>): string => String(headers['etag'] ?? '').replaceAll('"', '')
/** Manifests hold names as they are. */
const pathOf = (container: string, key: string): string => `/${container}/${key}`
