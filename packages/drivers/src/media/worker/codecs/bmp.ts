/** Windows bitmaps. */
import { MediaFailure } from '@vitrine/domain/ports/media'
import { decode, encode } from 'bmp-ts'
import { allow } from '../../sizes.ts'
import { withoutAlpha, type Pixels } from '../pixels.ts'

const OLD_HEADER_BYTES = 12
const SMALLEST_BYTES = 26

export function decodeBmp(file: Buffer, limit: number): Pixels {
  if (file.length < SMALLEST_BYTES) throw new MediaFailure('broken', 'it ends within its header')
  const old = file.readUInt32LE(14) === OLD_HEADER_BYTES
  const [width, height] = old ? [file.readUInt16LE(18), file.readUInt16LE(20)] : [Math.abs(file.readInt32LE(18)), Math.abs(file.readInt32LE(22))]
  allow({ width, height }, limit, 'the image has')
  try {
    const { data, bitPP } = decode(file, { toRGBA: true })
    const rows = data.length / 4 / width
    if (rows !== height) throw new MediaFailure('broken', `it has ${rows} rows of ${height}`)
    // Only 32 bits may mean transparency, and only when any pixel is to be seen.
    const alpha = bitPP === 32 && hasAny(data)
    return { width, height, colours: 'rgb', alpha, bits: 8, data: alpha ? data : withoutAlpha(data) }
  } catch (error) {
    if (error instanceof MediaFailure) throw error
    throw new MediaFailure('broken', error instanceof Error ? error.message : 'it cannot be decoded', error)
  }
}

/** 24 bits a pixel. */
export function encodeBmp({ width, height, colours, data }: Pixels): Buffer {
  const abgr = Buffer.alloc(width * height * 4, 0xff)
  const step = colours === 'gray' ? 1 : 3
  for (let from = 0, to = 0; from < data.length; from += step, to += 4) {
    abgr[to + 1] = data[from + step - 1] as number
    abgr[to + 2] = data[from + (step >> 1)] as number
    abgr[to + 3] = data[from] as number
  }
  return encode({ data: abgr, width, height, bitPP: 24 }).data
}

function hasAny(rgba: Uint8Array): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 0) return true
  return false
}
