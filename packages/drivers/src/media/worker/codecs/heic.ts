/** HEIC: the libvips at hand reads its container, but not the HEVC inside, for which there is libheif as WebAssembly. */
import { createRequire } from 'node:module'
import { MediaFailure } from '@vitrine/domain/ports/media'
import { allow } from '../../sizes.ts'
import { TAG, withoutAlpha, type Pixels } from '../pixels.ts'

interface HeifImage {
  get_width(): number
  get_height(): number
  is_primary(): boolean
  has_alpha_channel(): boolean
  display(into: { data: Uint8ClampedArray; width: number; height: number }, done: (shown: object | null) => void): void
  free(): void
}
interface Libheif {
  readonly HeifDecoder: new () => { decode(file: Uint8Array): HeifImage[] }
}

/** The primary image, upright: turning is part of the format. */
export async function decodeHeic(file: Uint8Array, limit: number, profile?: Uint8Array): Promise<Pixels> {
  const { HeifDecoder } = createRequire(import.meta.url)('libheif-js/wasm-bundle') as Libheif
  const images = new HeifDecoder().decode(file)
  const image = images.find((image) => image.is_primary()) ?? images[0]
  if (image === undefined) throw new MediaFailure('broken', 'the container holds no image that can be read')
  const [width, height] = [image.get_width(), image.get_height()]
  allow({ width, height }, limit, 'the image has')
  const alpha = image.has_alpha_channel()
  const data = await show(image, width, height)
  return {
    width,
    height,
    colours: 'rgb',
    alpha,
    bits: 8,
    data: alpha ? data : withoutAlpha(data),
    ...(profile ? { blocks: [{ tag: TAG.profile, bytes: profile }] } : {}),
  }
}

async function show(image: HeifImage, width: number, height: number): Promise<Uint8Array> {
  const data = new Uint8ClampedArray(width * height * 4)
  return new Promise((resolve, reject) => {
    image.display({ data, width, height }, (shown) => {
      if (shown === null) reject(new MediaFailure('broken', 'its pixels cannot be decoded'))
      else resolve(new Uint8Array(data.buffer))
    })
  })
}
