/** Pictures for tests, drawn when they are needed: nobody else's, and as large as a test wants them. */
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { WorkFolder } from '@vitrine/drivers/work'
import type { ImageRecipe } from '@vitrine/domain/ports/media'
import { media } from './file-ports.ts'

/** Four fields of different colours: it shows which way up it is, and which part of it one sees. */
const drawing = (width: number, height: number) => `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
  <rect width="50%" height="50%" fill="#ff0000"/><rect x="50%" width="50%" height="50%" fill="#00ff00"/>
  <rect y="50%" width="50%" height="50%" fill="#0000ff"/><rect x="50%" y="50%" width="50%" height="50%" fill="#ffffff"/></svg>`

async function* once(text: string) {
  yield Buffer.from(text)
}

export async function picture(width: number, height: number, format: ImageRecipe['format'] = 'jpg'): Promise<Uint8Array<ArrayBuffer>> {
  const work = new WorkFolder(path.join(tmpdir(), 'vitrine-test-pictures'))
  return work.withCopy(once(drawing(width, height)), (source) =>
    work.withTarget(async (target) => {
      await media.image({ path: source.path, extension: 'svg' }, { format, quality: 90 }, target.path, new AbortController().signal)
      return new Uint8Array(await readFile(target.path))
    }),
  )
}
