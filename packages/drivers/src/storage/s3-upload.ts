/**
 * How a body gets into a bucket: in one request if it fits into a part, else by a multipart upload that becomes visible in one step
 * at its end. The calls are made one by one, because the client's own `putObject` never learns that a source has failed, takes up
 * unfinished uploads of others, and cannot store an empty stream.
 */
import { createHash } from 'node:crypto'
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { hasty, type Patience } from './http.ts'
import { inParallel, partSizes, partsOf, wholeOrParts, type PartLimits } from './parts.ts'
import { either, visibly } from './remote.ts'
import { codeFailure, type S3Answer, type S3Connection } from './s3-client.ts'

export interface S3Target {
  readonly connection: S3Connection
  readonly bucket: string
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly patience: Patience
  readonly signal?: AbortSignal | undefined
}

interface Stored {
  readonly sizeBytes: number
  readonly etag: string
}

export async function upload(target: S3Target, body: AsyncIterable<Uint8Array>, limits: PartLimits, sizeBytes: number | undefined): Promise<void> {
  const content = await wholeOrParts(partsOf(body, partSizes(limits, sizeBytes)))
  if (Buffer.isBuffer(content)) await show(target, () => putWhole(target, content))
  else await putParts(target, content, limits.parallel)
}

/** Makes the object visible, and looks at it. */
const show = ({ connection, bucket, key, patience, signal }: S3Target, step: () => Promise<Stored>): Promise<void> =>
  visibly(
    async () => {
      const stored = await step()
      const { size, etag } = await connection.ask((client) => client.statObject(bucket, key), { signal })
      if (size !== stored.sizeBytes || (stored.etag && etag && etag !== stored.etag))
        throw new BlobFailure('corrupt', `the store has ${size} bytes (${etag}) instead of ${stored.sizeBytes} (${stored.etag})`)
    },
    () => connection.ask((client) => client.removeObject(bucket, key), { patience: hasty(patience) }),
  )

async function putWhole({ connection, bucket, key, headers, signal }: S3Target, bytes: Buffer): Promise<Stored> {
  const etag = await put(connection, { bucket, key, query: '', headers, signal }, bytes)
  return { sizeBytes: bytes.length, etag }
}

async function putParts(target: S3Target, parts: AsyncIterable<Buffer>, parallel: number): Promise<void> {
  const { connection, bucket, key, headers, patience, signal } = target
  const uploadId = await connection.ask((client) => client.initiateNewMultipartUpload(bucket, key, { ...headers }), { signal })
  try {
    const etags: { part: number; etag: string }[] = []
    let sizeBytes = 0
    await inParallel(parts, parallel, async (bytes, index, stopped) => {
      sizeBytes += bytes.length
      const query = `partNumber=${index + 1}&uploadId=${encodeURIComponent(uploadId)}`
      etags[index] = { part: index + 1, etag: await put(connection, { bucket, key, query, headers: {}, signal: either(signal, stopped) }, bytes) }
    })
    await show(target, async () => ({ sizeBytes, etag: await complete(target, uploadId, etags, sizeBytes) }))
  } catch (error) {
    // What cannot be removed now is removed by tidying.
    await connection
      .ask((client) => client.abortMultipartUpload(bucket, key, encodeURIComponent(uploadId)), { patience: hasty(patience) })
      .catch(() => undefined)
    throw error
  }
}

/** Asked twice, a store may say that there is no such upload, because the first answer got lost; then the object tells. */
async function complete({ connection, bucket, key, signal }: S3Target, uploadId: string, etags: { part: number; etag: string }[], sizeBytes: number) {
  let lost = false
  const { etag } = await connection.ask(
    async (client) => {
      try {
        return await client.completeMultipartUpload(bucket, key, uploadId, etags)
      } catch (error) {
        if (lost) {
          const found = await client.statObject(bucket, key).catch(() => null)
          if (found?.size === sizeBytes) return { etag: found.etag }
        }
        lost = true
        // The client makes this error of an answer that begins well and ends in a failure.
        throw error instanceof Error && error.name === 'S3Error' ? codeFailure('') : error
      }
    },
    { signal },
  )
  return etag
}

interface Piece {
  readonly bucket: string
  readonly key: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** Sends bytes that are at hand, with a checksum that the store compares; answers what the store calls them. */
async function put(connection: S3Connection, { bucket, key, query, headers, signal }: Piece, bytes: Buffer): Promise<string> {
  const md5 = createHash('md5').update(bytes).digest()
  const options = { method: 'PUT', bucketName: bucket, objectName: key, query }
  const answer = await connection.ask(
    async (client) =>
      (await client.makeRequestAsync({ ...options, headers: { ...headers, 'Content-MD5': md5.toString('base64') } }, bytes)) as unknown as S3Answer,
    { signal },
  )
  answer.resume()
  const etag = (answer.headers['etag'] ?? '').replaceAll('"', '')
  if (isMd5(answer, etag) && etag !== md5.toString('hex')) throw new BlobFailure('corrupt', 'the store has taken other bytes than those it was sent')
  return etag
}

/** Encrypted by a key of the owner, what a store calls an object tells nothing about its bytes. */
function isMd5({ headers }: S3Answer, etag: string): boolean {
  const encryption = headers['x-amz-server-side-encryption']
  return /^[0-9a-f]{32}$/.test(etag) && !String(encryption).startsWith('aws:') && !headers['x-amz-server-side-encryption-customer-algorithm']
}
