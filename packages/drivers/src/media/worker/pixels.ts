/**
 * Pixels from a decoder that libvips does not have, dressed as a TIFF without compression: the one form in which it also takes
 * their colour profile and other metadata, four inks, and 16 bits a sample.
 */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly colours: 'gray' | 'rgb' | 'cmyk'
  /** One more sample for each pixel. */
  readonly alpha: boolean
  readonly bits: 8 | 16
  /** Sample by sample, row by row; 16 bits in the order of the machine. */
  readonly data: Uint8Array
  /** What goes along as it is, under the number of its tag. */
  readonly blocks?: readonly Block[]
}

export interface Block {
  readonly tag: number
  readonly bytes: Uint8Array
}

export const TAG = { xmp: 700, iptc: 33_723, photoshop: 34_377, profile: 34_675 } as const

const SAMPLES = { gray: 1, rgb: 3, cmyk: 4 } as const
const PHOTOMETRIC = { gray: 1, rgb: 2, cmyk: 5 } as const
const SHORT = 3
const LONG = 4
const UNDEFINED = 7
const HEADER_BYTES = 8

export function samplesOf({ colours, alpha }: Pick<Pixels, 'colours' | 'alpha'>): number {
  return SAMPLES[colours] + (alpha ? 1 : 0)
}

export function asTiff(pixels: Pixels): Buffer {
  const samples = samplesOf(pixels)
  const blocks = (pixels.blocks ?? []).filter(({ bytes }) => bytes.length > 4).sort((a, b) => a.tag - b.tag)
  const count = 10 + (pixels.alpha ? 1 : 0) + blocks.length
  const bitsAt = HEADER_BYTES + 2 + count * 12 + 4
  const head = Buffer.alloc(bitsAt + samples * 2)
  const blockBytes = blocks.reduce((sum, { bytes }) => sum + even(bytes.length), 0)
  head.write('II*\0', 'latin1')
  head.writeUInt32LE(HEADER_BYTES, 4)
  head.writeUInt16LE(count, HEADER_BYTES)
  const entries: [id: number, type: number, length: number, value: number][] = [
    [256, LONG, 1, pixels.width],
    [257, LONG, 1, pixels.height],
    // Up to two numbers of 16 bits lie in the entry itself.
    [258, SHORT, samples, samples > 2 ? bitsAt : pixels.bits * 0x1_00_01],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, PHOTOMETRIC[pixels.colours]],
    [273, LONG, 1, head.length + blockBytes],
    [277, SHORT, 1, samples],
    [278, LONG, 1, pixels.height],
    [279, LONG, 1, pixels.data.byteLength],
    [284, SHORT, 1, 1],
  ]
  if (pixels.alpha) entries.push([338, SHORT, 1, 2])
  let blockAt = head.length
  for (const { tag, bytes } of blocks) {
    entries.push([tag, UNDEFINED, bytes.length, blockAt])
    blockAt += even(bytes.length)
  }
  entries.sort(([a], [b]) => a - b)
  for (const [place, [id, type, length, value]] of entries.entries()) {
    const at = HEADER_BYTES + 2 + place * 12
    head.writeUInt16LE(id, at)
    head.writeUInt16LE(type, at + 2)
    head.writeUInt32LE(length, at + 4)
    head.writeUInt32LE(value, at + 8)
  }
  for (let sample = 0; sample < samples; sample++) head.writeUInt16LE(pixels.bits, bitsAt + sample * 2)
  return Buffer.concat([head, ...blocks.map(({ bytes }) => Buffer.concat([bytes], even(bytes.length))), pixels.data])
}

export function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from] as number
    rgb[to + 1] = rgba[from + 1] as number
    rgb[to + 2] = rgba[from + 2] as number
  }
  return rgb
}

function even(length: number): number {
  return length + (length % 2)
}
