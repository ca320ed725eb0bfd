/** Documents, films and songs, with the programs that open them and without. */
import { readFile } from 'node:fs/promises'
import type { Media } from '@vitrine/domain/ports/media'
import { MediaHere } from '@vitrine/drivers/media'
import { fixture, isInstalled, seen } from '@vitrine/drivers/testing/seen'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { media as installed } from '../../testing/file-ports.ts'
import { workOn } from '../../testing/file-work.ts'
import { worked } from '../../testing/shown-picture.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

const POPPLER = isInstalled('pdftoppm') && isInstalled('pdfinfo')
const FFMPEG = isInstalled('ffmpeg') && isInstalled('ffprobe')

const bare = new MediaHere({ searchPath: '/nowhere' })
/** What the server finds on its machine, which may change while it runs. */
let found: Media = bare
const media: Media = {
  writable: bare.writable,
  detect: (head) => found.detect(head),
  read: (...args) => found.read(...args),
  image: (...args) => found.image(...args),
  stream: (...args) => found.stream(...args),
  levels: (...args) => found.levels(...args),
}

let server: TestServer
let film: Uint8Array<ArrayBuffer>
beforeAll(async () => {
  server = await testServer({ media })
  film = new Uint8Array(await readFile(fixture('two-colours.mp4').path))
})
afterAll(() => Promise.all([server.close(), bare.close()]))

const page = '1 0 0 rg 0 0 144 72 re f'
const DOCUMENT = `%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 144 72] /Contents 4 0 R >> endobj
4 0 obj << /Length ${page.length} >>
stream
${page}
endstream
endobj
trailer << /Size 5 /Root 1 0 R >>
%%EOF
`

/** A second of silence. */
function song(): Uint8Array<ArrayBuffer> {
  const rate = 8000
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + rate, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(rate, 40)
  return new Uint8Array(Buffer.concat([head, Buffer.alloc(rate, 128)]))
}

const withPrograms = async <T>(what: Media, work: (at: TestInstance) => Promise<T>) => {
  found = what
  return work(await server.instance())
}

describe('where their programs are missing', () => {
  it.each([
    ['a document', 'page.pdf', 'pdfinfo', () => new TextEncoder().encode(DOCUMENT)],
    ['a film', 'film.mp4', 'ffprobe', () => film],
  ] as const)('%s fails with the name of the program, and can be downloaded', (_, name, program, content) =>
    withPrograms(bare, async (at) => {
      const file = await worked(server, at, name, content())
      expect(file).toMatchObject({ status: 'failed', status_msg: expect.stringContaining(`${program} is not installed`) })
      expect(Object.keys(file.versions)).toEqual(['original'])
      const { status, bytes } = await at.api('GET', file.versions['original']?.path ?? '')
      expect([status, bytes.length]).toEqual([200, content().length])
      const tile = await at.api('GET', `/api/v1/eas/zoom/${file._id}/${file.hash}/original/zoom400/part0x0.png`)
      expect(tile).toMatchObject({ status: 409, body: { code: 'FileRenditionFailed', parameters: { msg: expect.stringContaining(program) } } })
    }),
  )

  it.runIf(POPPLER)('they are worked on again when the programs have come', () =>
    withPrograms(bare, async (at) => {
      const { _id: id } = await worked(server, at, 'page.pdf', DOCUMENT)
      found = installed
      expect(await workOn(server, at, id)).toMatchObject({ status: 'done', versions: { preview: { status: 'done' } } })
    }),
  )

  it('a song tells what it is, because it needs none', () =>
    withPrograms(bare, async (at) => {
      const file = await worked(server, at, 'silence.wav', song())
      expect(file).toMatchObject({ status: 'done', class: 'audio', technical_metadata: { duration: 1 } })
      expect(Object.keys(file.versions)).toEqual(['original'])
    }))
})

describe.runIf(POPPLER)('a document', () => {
  it('shows its first page in all sizes, on request as well', () =>
    withPrograms(installed, async (at) => {
      const file = await worked(server, at, 'page.pdf', DOCUMENT)
      const all = {
        huge: { status: 'done', width: 2000, height: 1000 },
        preview: { width: 1000 },
        small: { width: 250, height: 125, extension: 'jpg' },
      }
      expect(file).toMatchObject({ status: 'done', class: 'office', technical_metadata: { pages: 1 }, versions: all })
      const { bytes } = await at.api('GET', file.versions['small']?.path ?? '')
      expect(await seen(bytes)).toMatchObject({ width: 250, corners: ['red', 'red', 'red', 'red'] })
      const asked = await at.api('GET', `${file.versions['original']?.path}?format=png&size=300`)
      expect(await seen(asked.bytes)).toMatchObject({ format: 'png', width: 300 })
    }))
})

describe.runIf(FFMPEG)('a film', () => {
  it('shows a moment in all sizes, and another one where a file says so', () =>
    withPrograms(installed, async (at) => {
      const file = await worked(server, at, 'film.mp4', film)
      const technical = { duration: expect.closeTo(2, 0), video_codec: ['h264'] }
      expect(file).toMatchObject({ status: 'done', class: 'video', technical_metadata: technical })
      expect(file.versions).toMatchObject({
        huge: { status: 'done' },
        preview: { status: 'done' },
        small: { status: 'done', extension: 'jpg', width: 64 },
      })
      const overwrites = [{ match: { version_class: 'video' }, custom: { 'video-thumb-select': '00:00:01.5' } }]
      await at.api('POST', `/api/v1/eas/${file._id}`, { custom_produce_config: { overwrites } })
      const after = await workOn<typeof file>(server, at, file._id)
      const { bytes } = await at.api('GET', after.versions['preview']?.path ?? '')
      expect(await seen(bytes)).toMatchObject({ corners: ['blue', 'blue', 'blue', 'blue'] })
    }))
})
