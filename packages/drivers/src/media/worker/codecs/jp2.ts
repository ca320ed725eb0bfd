/** JPEG 2000 through OpenJPEG as WebAssembly. It writes the bare code stream; the boxes of a JP2 file are put around it here. */
import { createRequire } from 'node:module'
import { MediaFailure } from '@vitrine/domain/ports/media'
import { allow, type Size } from '../../sizes.ts'
import type { Pixels } from '../pixels.ts'

interface Frame {
  readonly width: number
  readonly height: number
  readonly bitsPerSample: number
  readonly componentCount: number
  readonly isSigned: boolean
}
interface Openjpeg {
  readonly J2KDecoder: new () => {
    getEncodedBuffer(bytes: number): Uint8Array
    getDecodedBuffer(): Uint8Array
    decode(): void
    getFrameInfo(): Frame
    delete(): void
  }
  readonly J2KEncoder: new () => {
    getDecodedBuffer(frame: Frame & { isUsingColorTransform: boolean }): Uint8Array
    getEncodedBuffer(): Uint8Array
    setQuality(lossless: boolean, quantisation: number): void
    setCompressionRatio(ratio: number): void
    encode(): void
    delete(): void
  }
}

const require = createRequire(import.meta.url)
const SIZ = Buffer.from([0xff, 0x4f, 0xff, 0x51])

export async function decodeJp2(file: Uint8Array, limit: number): Promise<Pixels> {
  allow(sizeOf(file), limit, 'the image has')
  const { J2KDecoder } = await openjpeg()
  const decoder = new J2KDecoder()
  try {
    decoder.getEncodedBuffer(file.length).set(file)
    decoder.decode()
    return pixelsOf(decoder.getFrameInfo(), decoder.getDecodedBuffer())
  } catch (error) {
    // What comes out of WebAssembly is a number.
    throw error instanceof MediaFailure ? error : new MediaFailure('broken', 'its code stream cannot be decoded', error)
  } finally {
    decoder.delete()
  }
}

/** `quality` 100 loses nothing; below, the stream is the smaller the lower it is. */
export async function encodeJp2(pixels: Pixels, quality: number): Promise<Buffer> {
  const components = pixels.colours === 'gray' ? 1 : 3
  const { J2KEncoder } = await openjpeg()
  const encoder = new J2KEncoder()
  try {
    const frame = { width: pixels.width, height: pixels.height, bitsPerSample: 8, componentCount: components, isSigned: false }
    encoder.getDecodedBuffer({ ...frame, isUsingColorTransform: components === 3 }).set(pixels.data)
    encoder.setQuality(quality >= 100, 0)
    if (quality < 100) encoder.setCompressionRatio(Math.max(2, Math.round((100 - quality) / 2)))
    encoder.encode()
    return boxed(Buffer.from(encoder.getEncodedBuffer()), pixels, components)
  } finally {
    encoder.delete()
  }
}

async function openjpeg(): Promise<Openjpeg> {
  const load = require('@cornerstonejs/codec-openjpeg/wasmjs') as (options: object) => Promise<Openjpeg>
  // Its progress reports go nowhere.
  return load({ locateFile: () => require.resolve('@cornerstonejs/codec-openjpeg/wasm'), print: () => {}, printErr: () => {} })
}

/** From the first marker of the code stream, wherever the boxes before it end. */
function sizeOf(file: Uint8Array): Size {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const at = bytes.indexOf(SIZ)
  if (at === -1 || at + 24 > bytes.length) throw new MediaFailure('broken', 'it holds no code stream')
  return { width: bytes.readUInt32BE(at + 8) - bytes.readUInt32BE(at + 16), height: bytes.readUInt32BE(at + 12) - bytes.readUInt32BE(at + 20) }
}

function pixelsOf({ width, height, bitsPerSample, componentCount, isSigned }: Frame, decoded: Uint8Array): Pixels {
  const bytes = bitsPerSample > 8 ? 2 : 1
  if (decoded.length === 0 || decoded.length < width * height * componentCount * bytes)
    throw new MediaFailure('broken', 'its code stream ends too early')
  if (isSigned || componentCount > 4 || bitsPerSample > 16) {
    throw new MediaFailure('unsupported', `${componentCount} components of ${bitsPerSample} bits are not read here`)
  }
  const data = Uint8Array.from(decoded)
  if (bytes === 2) widen(new Uint16Array(data.buffer), 16 - bitsPerSample)
  else widen(data, 8 - bitsPerSample)
  return { width, height, colours: componentCount > 2 ? 'rgb' : 'gray', alpha: componentCount % 2 === 0, bits: bytes === 2 ? 16 : 8, data }
}

function widen(samples: Uint8Array | Uint16Array, by: number): void {
  if (by === 0) return
  for (let at = 0; at < samples.length; at++) samples[at] = (samples[at] as number) << by
}

function boxed(stream: Buffer, { width, height }: Size, components: number): Buffer {
  const image = Buffer.alloc(14)
  image.writeUInt32BE(height, 0)
  image.writeUInt32BE(width, 4)
  image.writeUInt16BE(components, 8)
  image.set([7, 7, 0, 0], 10)
  const colour = Buffer.from([1, 0, 0, 0, 0, 0, components === 1 ? 17 : 16])
  return Buffer.concat([
    box('jP  ', Buffer.from([0x0d, 0x0a, 0x87, 0x0a])),
    box('ftyp', Buffer.from('jp2 \0\0\0\0jp2 ', 'latin1')),
    box('jp2h', Buffer.concat([box('ihdr', image), box('colr', colour)])),
    box('jp2c', stream),
  ])
}

function box(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(content.length + 8, 0)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, content])
}
