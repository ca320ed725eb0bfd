/** The client that people use, over real connections, with two servers on one database and one folder. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import type { BlobStores } from '@vitrine/domain/ports/blob-store'
import { FileBlobStore } from '@vitrine/drivers/storage'
import { Upload, type UploadOptions } from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen, type Listener } from '../../serve.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'
import { TUS, tusOf } from '../../testing/uploads.ts'

const MIB = 1024 * 1024
let dir: string
let servers: TestServer[]
let listeners: Listener[]
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'vitrine-uploads-'))
  await new FileBlobStore({ dir }).check({ write: true })
  const stores: BlobStores = { open: (_, prefix) => new FileBlobStore({ dir, prefix }) }
  const first = await testServer({ stores, uploadPieceBytes: MIB })
  servers = [first, await testServer({ stores, uploadPieceBytes: MIB, databaseUrl: first.databaseUrl })]
  listeners = await Promise.all(servers.map(({ app }) => listen(app, { host: '127.0.0.1', port: 0, requestTimeoutMs: 60_000 })))
})
afterAll(async () => {
  for (const listener of listeners) await listener.close(0)
  for (const server of servers.toReversed()) await server.close()
  await rm(dir, { recursive: true })
})

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const origin = (which: number) => `http://127.0.0.1:${listeners[which]?.port}`

interface Run {
  readonly upload: Upload
  readonly done: Promise<{ readonly fileId: number; readonly url: string }>
}

/** Runs until it has succeeded or failed; `done` rejects when it is aborted by `onProgress`. */
function run(at: TestInstance, bytes: Buffer, options: Partial<UploadOptions>, which = 0): Run {
  let fileId = 0
  let upload!: Upload
  const done = new Promise<{ fileId: number; url: string }>((resolve, reject) => {
    upload = new Upload(bytes as never, {
      endpoint: `${origin(which)}${TUS}`,
      headers: { host: at.domain, authorization: `Bearer ${at.token}` },
      metadata: { filename: 'large.bin', sha256: sha256(bytes) },
      retryDelays: [0, 200, 1000, 3000, 5000],
      onAfterResponse: (_, response) => void (fileId = Number(response.getHeader('x-vitrine-file-id') ?? fileId)),
      onSuccess: () => resolve({ fileId, url: upload.url ?? '' }),
      onError: reject,
      ...options,
    })
    upload.start()
  })
  return { upload, done }
}

/** More than any connection holds on its way. */
const LARGE_BYTES = 40 * MIB

/** Begins an upload and lets go in the middle of its one request. Answers its address. */
async function interrupted(at: TestInstance, bytes: Buffer): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const { upload, done } = run(at, bytes, {
      onProgress: (sent) => {
        if (sent > 2 * MIB) void upload.abort().then(() => resolve(upload.url ?? ''), reject)
      },
    })
    done.catch(reject)
  })
}

const stored = async (at: TestInstance, id: number) => (await at.api('GET', `/api/v1/eas/${id}?format=long`)).body
const objects = async ({ id }: TestInstance) =>
  (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && entry.parentPath.includes(id)).length

describe('the tus client', () => {
  it('uploads 30 MiB in chunks, which become one file', async () => {
    const at = await (servers[0] as TestServer).instance()
    const bytes = randomBytes(30 * MIB)
    const { fileId } = await run(at, bytes, { chunkSize: 5 * MIB }).done
    expect(await stored(at, fileId)).toMatchObject({ original_filename: 'large.bin', filesize: bytes.length, hash: sha256(bytes) })
    expect(await objects(at)).toBe(1)
  })

  it('uploads all at once, beginning with the first bytes', async () => {
    const at = await (servers[0] as TestServer).instance()
    const bytes = randomBytes(3 * MIB + 7)
    const { fileId } = await run(at, bytes, { uploadDataDuringCreation: true }).done
    expect(await stored(at, fileId)).toMatchObject({ filesize: bytes.length, hash: sha256(bytes) })
  })

  it('says the length of what it reads from a stream at the end', async () => {
    const at = await (servers[0] as TestServer).instance()
    const bytes = randomBytes(2 * MIB + 1)
    const source = Readable.from([bytes.subarray(0, MIB), bytes.subarray(MIB)], { objectMode: false })
    const { fileId } = await run(at, bytes, { uploadLengthDeferred: true, chunkSize: MIB, ...({ source } as object) }).done
    expect(await stored(at, fileId)).toMatchObject({ filesize: bytes.length, hash: sha256(bytes) })
  })

  it.each(['the same server', 'another server'])('goes on with an upload that broke off, on %s', async (where) => {
    const at = await (servers[0] as TestServer).instance()
    const bytes = randomBytes(LARGE_BYTES)
    const begun = await interrupted(at, bytes)
    const kept = Number((await tusOf(at).ask(new URL(begun).pathname)).headers.get('upload-offset'))
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThan(bytes.length)
    const which = where === 'another server' ? 1 : 0
    const sent: number[] = []
    const { fileId } = await run(
      at,
      bytes,
      {
        uploadUrl: `${origin(which)}${new URL(begun).pathname}`,
        onBeforeRequest: (request) => void sent.push(Number(request.getHeader('Upload-Offset'))),
      },
      which,
    ).done
    expect(sent.find((offset) => offset > 0)).toBe(kept)
    expect(await stored(at, fileId)).toMatchObject({ filesize: bytes.length, hash: sha256(bytes) })
    expect(await objects(at)).toBe(1)
  })

  it('gives an upload up, and nothing stays', async () => {
    const at = await (servers[0] as TestServer).instance()
    const begun = await interrupted(at, randomBytes(LARGE_BYTES))
    await Upload.terminate(begun, { headers: { host: at.domain, authorization: `Bearer ${at.token}` }, retryDelays: [200, 1000, 3000] })
    expect(await objects(at)).toBe(0)
  })
})
