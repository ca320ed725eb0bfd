/**
 * How a body gets into a container of Azure: in one request if it fits into a part, else as blocks that become visible together at the
 * end. Blocks of a write that has failed are never seen; the store forgets them after a week by itself.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { BlockBlobClient } from '@azure/storage-blob'
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import type { AzureConnection } from './azure-client.ts'
import { hasty, type Patience } from './http.ts'
import { inParallel, partSizes, partsOf, wholeOrParts, type PartLimits } from './parts.ts'
import { either, visibly } from './remote.ts'

export interface AzureTarget {
  readonly connection: AzureConnection
  readonly key: string
  readonly contentType: string
  readonly patience: Patience
  readonly signal?: AbortSignal | undefined
}

interface Stored {
  readonly sizeBytes: number
  readonly md5: Buffer
  readonly etag: string | undefined
}

export async function upload(target: AzureTarget, body: AsyncIterable<Uint8Array>, limits: PartLimits, sizeBytes: number | undefined): Promise<void> {
  const content = await wholeOrParts(partsOf(body, partSizes(limits, sizeBytes)))
  await (Buffer.isBuffer(content) ? putWhole(target, content) : putBlocks(target, content, limits.parallel))
}

async function putWhole(target: AzureTarget, bytes: Buffer): Promise<void> {
  const md5 = createHash('md5').update(bytes).digest()
  const options = { transactionalContentMD5: md5, blobHTTPHeaders: headersOf(target, md5) }
  await show(target, async () => {
    const answer = await ask(target, (blob, abortSignal) => blob.upload(bytes, bytes.length, { ...options, abortSignal }))
    mustBe(answer.contentMD5, md5)
    return { sizeBytes: bytes.length, md5, etag: answer.etag }
  })
}

async function putBlocks(target: AzureTarget, parts: AsyncIterable<Buffer>, parallel: number): Promise<void> {
  const { signal } = target
  const upload = randomUUID()
  const ids: string[] = []
  const whole = createHash('md5')
  let sizeBytes = 0
  await inParallel(parts, parallel, async (bytes, index, stopped) => {
    // Parts come in their order, whatever order they arrive in.
    whole.update(bytes)
    sizeBytes += bytes.length
    const id = Buffer.from(`${upload}-${String(index).padStart(6, '0')}`).toString('base64')
    ids[index] = id
    const md5 = createHash('md5').update(bytes).digest()
    const answer = await ask({ ...target, signal: either(signal, stopped) }, (blob, abortSignal) =>
      blob.stageBlock(id, bytes, bytes.length, { transactionalContentMD5: md5, abortSignal }),
    )
    mustBe(answer.contentMD5, md5)
  })
  const md5 = whole.digest()
  await show(target, async () => {
    const answer = await ask(target, (blob, abortSignal) => blob.commitBlockList(ids, { blobHTTPHeaders: headersOf(target, md5), abortSignal }))
    return { sizeBytes, md5, etag: answer.etag }
  })
}

/** Makes the object visible, and looks at it. */
const show = (target: AzureTarget, step: () => Promise<Stored>): Promise<void> =>
  visibly(
    async () => {
      const stored = await step()
      const found = await ask(target, (blob, abortSignal) => blob.getProperties({ abortSignal }))
      if (found.contentLength !== stored.sizeBytes || found.etag !== stored.etag)
        throw new BlobFailure('corrupt', `the store has ${found.contentLength} bytes instead of the ${stored.sizeBytes} it has taken`)
      mustBe(found.contentMD5, stored.md5)
    },
    () => {
      const patience = hasty(target.patience)
      return target.connection.ask((client, abortSignal) => client.getBlockBlobClient(target.key).delete({ abortSignal }), { patience })
    },
  )

const ask = <T>({ connection, key, signal }: AzureTarget, work: (blob: BlockBlobClient, signal: AbortSignal) => Promise<T>): Promise<T> =>
  connection.ask((client, inTime) => work(client.getBlockBlobClient(key), inTime), { signal })

const headersOf = ({ contentType }: AzureTarget, md5: Buffer) => ({ blobContentType: contentType, blobContentMD5: md5 })

/** A store need not tell what it has, but it must not tell something else. */
function mustBe(told: Uint8Array | undefined, md5: Buffer): void {
  if (told && !md5.equals(told)) throw new BlobFailure('corrupt', 'the store has taken other bytes than those it was sent')
}
