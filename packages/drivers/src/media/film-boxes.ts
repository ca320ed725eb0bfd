/**
 * The outermost boxes of an MP4 or QuickTime file have to end where the file does. Programs play what is there of one that is
 * cut off, and say nothing.
 */
import { open } from 'node:fs/promises'
import { MediaFailure } from '@vitrine/domain/ports/media'

const HEADER_BYTES = 16
const MOST_BOXES = 10_000

export async function mustBeWhole(path: string): Promise<void> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const header = Buffer.alloc(HEADER_BYTES)
    let at = 0
    for (let boxes = 0; at + 8 <= size && boxes < MOST_BOXES; boxes++) {
      await file.read(header, 0, HEADER_BYTES, at)
      const short = header.readUInt32BE(0)
      // 0: up to the end, whatever that is.
      if (short === 0) return
      const length = short === 1 ? Number(header.readBigUInt64BE(8)) : short
      if (length < 8) throw new MediaFailure('broken', 'its boxes are damaged')
      at += length
    }
    if (at > size) throw new MediaFailure('broken', `${at - size} bytes of it are missing`)
  } finally {
    await file.close()
  }
}
