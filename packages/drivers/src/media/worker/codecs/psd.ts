/**
 * The flattened image of a Photoshop document, which most of them carry beside their layers. Read and written here rather than
 * by a library, because those know neither four inks nor 16 bits, which is what documents for print have.
 */
import { MediaFailure } from '@vitrine/domain/ports/media'
import { allow } from '../../sizes.ts'
import { photoshopResources } from '../photoshop-resources.ts'
import { samplesOf, TAG, type Block, type Pixels } from '../pixels.ts'

interface Header {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly bits: number
  readonly mode: number
  /** `PSB`: for documents of more than 30,000 pixels a side; its lengths have more bytes. */
  readonly large: boolean
}

const INDEXED = 2
const COLOURS: Record<number, Pixels['colours']> = { 1: 'gray', [INDEXED]: 'rgb', 3: 'rgb', 4: 'cmyk', 8: 'gray' }
const HEADER_BYTES = 26
/** Where a document keeps what, and where a TIFF does. */
const RESOURCE_TAGS: Record<number, number> = { 1028: TAG.iptc, 1039: TAG.profile, 1060: TAG.xmp }

export function decodePsd(file: Buffer, limit: number): Pixels {
  try {
    return decode(file, limit)
  } catch (error) {
    if (error instanceof RangeError) throw new MediaFailure('broken', 'the document ends too early', error)
    throw error
  }
}

export function encodePsd({ width, height, colours, data }: Pixels): Buffer {
  const samples = samplesOf({ colours, alpha: false })
  const head = Buffer.alloc(HEADER_BYTES + 3 * 4 + 2)
  head.write('8BPS', 'latin1')
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(samples, 12)
  head.writeUInt32BE(height, 14)
  head.writeUInt32BE(width, 18)
  head.writeUInt16BE(8, 22)
  head.writeUInt16BE(colours === 'gray' ? 1 : 3, 24)
  const planes = Buffer.allocUnsafe(width * height * samples)
  for (let sample = 0, to = 0; sample < samples; sample++) {
    for (let from = sample; from < data.length; from += samples) planes[to++] = data[from] as number
  }
  return Buffer.concat([head, planes])
}

function decode(file: Buffer, limit: number): Pixels {
  const header = headerOf(file)
  allow(header, limit, 'the image has')
  const colours = COLOURS[header.mode]
  if (colours === undefined || (header.bits !== 8 && header.bits !== 16)) {
    throw new MediaFailure('unsupported', `documents of colour mode ${header.mode} with ${header.bits} bits are not read here`)
  }
  const paletteAt = HEADER_BYTES + 4
  const resourcesAt = paletteAt + file.readUInt32BE(HEADER_BYTES) + 4
  const layersAt = resourcesAt + file.readUInt32BE(resourcesAt - 4)
  const imageAt = header.large ? layersAt + 8 + Number(file.readBigUInt64BE(layersAt)) : layersAt + 4 + file.readUInt32BE(layersAt)
  const samples = header.mode === INDEXED ? 1 : samplesOf({ colours, alpha: false })
  if (header.channels < samples) throw new MediaFailure('broken', `it has ${header.channels} channels of ${samples}`)
  const planes = planesOf(file, imageAt, header, samples)
  const data = header.bits === 16 ? interleaved16(planes, samples) : interleaved8(planes, samples)
  if (colours === 'cmyk') for (let at = 0; at < data.length; at++) data[at] = 255 - (data[at] as number)
  return {
    width: header.width,
    height: header.height,
    colours,
    alpha: false,
    bits: header.bits,
    data: header.mode === INDEXED ? coloured(data, file.subarray(paletteAt, paletteAt + 768)) : data,
    blocks: blocksOf(file.subarray(resourcesAt, layersAt)),
  }
}

function blocksOf(list: Buffer): Block[] {
  const blocks = [...photoshopResources(list)].flatMap(([number, bytes]) => {
    const tag = RESOURCE_TAGS[number]
    return tag === undefined ? [] : [{ tag, bytes }]
  })
  return [{ tag: TAG.photoshop, bytes: list }, ...blocks]
}

function headerOf(file: Buffer): Header {
  return {
    large: file.readUInt16BE(4) === 2,
    channels: file.readUInt16BE(12),
    height: file.readUInt32BE(14),
    width: file.readUInt32BE(18),
    bits: file.readUInt16BE(22),
    mode: file.readUInt16BE(24),
  }
}

/** The channels that make colour, one after the other; those behind them are masks and spot colours. */
function planesOf(file: Buffer, at: number, { width, height, channels, bits, large }: Header, samples: number): Buffer {
  const rowBytes = (width * bits) / 8
  const compression = file.readUInt16BE(at)
  if (compression === 0) {
    const planes = file.subarray(at + 2, at + 2 + rowBytes * height * samples)
    if (planes.length < rowBytes * height * samples) throw new MediaFailure('broken', 'the document ends too early')
    return planes
  }
  if (compression !== 1) throw new MediaFailure('unsupported', `documents packed in manner ${compression} are not read here`)
  const countBytes = large ? 4 : 2
  const planes = Buffer.alloc(rowBytes * height * samples)
  let from = at + 2 + height * channels * countBytes
  for (let row = 0; row < height * samples; row++) {
    const packed = file.readUIntBE(at + 2 + row * countBytes, countBytes)
    unpackRow(file, from, from + packed, planes.subarray(row * rowBytes, (row + 1) * rowBytes))
    from += packed
  }
  return planes
}

/** PackBits: a count below 128 is followed by that many bytes and one, one above by a byte to be repeated. */
function unpackRow(file: Buffer, start: number, end: number, row: Buffer): void {
  let to = 0
  for (let from = start; from < end && to < row.length;) {
    const count = file.readInt8(from++)
    if (count >= 0) {
      to += file.copy(row, to, from, Math.min(from + count + 1, end))
      from += count + 1
    } else if (count !== -128) {
      row.fill(file.readUInt8(from++), to, (to += 1 - count))
    }
  }
  if (to < row.length) throw new MediaFailure('broken', 'a row of the document is too short')
}

function interleaved8(planes: Buffer, samples: number): Uint8Array {
  const pixels = planes.length / samples
  const data = new Uint8Array(planes.length)
  for (let sample = 0, from = 0; sample < samples; sample++) {
    for (let pixel = 0; pixel < pixels; pixel++) data[pixel * samples + sample] = planes[from++] as number
  }
  return data
}

/** The document has the higher byte first. */
function interleaved16(planes: Buffer, samples: number): Uint8Array {
  const pixels = planes.length / 2 / samples
  const data = new Uint16Array(pixels * samples)
  for (let sample = 0, from = 0; sample < samples; sample++) {
    for (let pixel = 0; pixel < pixels; pixel++, from += 2) {
      data[pixel * samples + sample] = ((planes[from] as number) << 8) | (planes[from + 1] as number)
    }
  }
  return new Uint8Array(data.buffer)
}

/** The palette has all reds, then all greens, then all blues. */
function coloured(indexes: Uint8Array, palette: Uint8Array): Uint8Array {
  if (palette.length < 768) throw new MediaFailure('broken', 'its palette is too short')
  const data = new Uint8Array(indexes.length * 3)
  for (const [at, index] of indexes.entries()) {
    for (let sample = 0; sample < 3; sample++) data[at * 3 + sample] = palette[sample * 256 + index] as number
  }
  return data
}
