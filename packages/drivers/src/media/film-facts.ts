/** What `ffprobe` prints about a film, in our words. It is printed about a file of anybody's, so every part may be missing or odd. */
import type { TechnicalMetadata } from '@vitrine/domain/ports/media'
import { shapeOf } from './shape.ts'
import type { Size } from './sizes.ts'

export interface Probed {
  readonly format?: { readonly duration?: string; readonly tags?: Record<string, unknown> }
  readonly streams?: readonly ProbedStream[]
}
export interface ProbedStream {
  readonly codec_type?: string
  readonly codec_name?: string
  readonly width?: number
  readonly height?: number
  readonly sample_aspect_ratio?: string
  readonly duration?: string
  /** As `25/1`. */
  readonly avg_frame_rate?: string
  readonly tags?: Record<string, unknown>
  readonly side_data_list?: readonly { readonly rotation?: number }[]
  /** A cover in a file of sound is a stream of pictures, too. */
  readonly disposition?: { readonly attached_pic?: number }
}

export function probedFacts({ format, streams = [] }: Probed): TechnicalMetadata {
  const picture = streams.find(isPicture)
  const size = picture === undefined ? undefined : sizeOf(picture)
  const duration = Number(format?.duration ?? picture?.duration)
  const tag = (...names: string[]) => names.map((name) => format?.tags?.[name]).find((value) => typeof value === 'string')
  const created = Date.parse(tag('com.apple.quicktime.creationdate', 'creation_time') ?? '')
  const camera = [tag('com.apple.quicktime.make', 'make'), tag('com.apple.quicktime.model', 'model')].filter((part) => part !== undefined).join(' ')
  const place = placeOf(tag('com.apple.quicktime.location.ISO6709', 'location'))
  return {
    ...(size === undefined ? {} : shapeOf(size)),
    ...(Number.isFinite(duration) && duration >= 0 ? { duration } : {}),
    ...codecs(streams),
    // Recorders without a clock write the beginning of their time.
    ...(created > 0 ? { create_date: `${new Date(created).toISOString().slice(0, 19)}Z` } : {}),
    ...(camera === '' ? {} : { camera_scanner: camera }),
    ...(place === undefined ? {} : { gps_location: place }),
  }
}

export function isPicture({ codec_type: kind, disposition }: ProbedStream): boolean {
  return kind === 'video' && disposition?.attached_pic !== 1
}

function codecs(streams: readonly ProbedStream[]): TechnicalMetadata {
  const of = (wanted: string) => streams.flatMap(({ codec_type: kind, codec_name: name }) => (kind === wanted && name !== undefined ? [name] : []))
  const [audio, video] = [of('audio'), of('video')]
  return { ...(audio.length > 0 ? { audio_codec: audio } : {}), ...(video.length > 0 ? { video_codec: video } : {}) }
}

/** As it is shown: upright, with square pixels. */
function sizeOf({ width, height, sample_aspect_ratio: ratio, side_data_list: sides }: ProbedStream): Size | undefined {
  if (!width || !height) return undefined
  const [across, down] = (ratio ?? '').split(':').map(Number)
  const shown = { width: across && down ? Math.max(1, Math.round((width * across) / down)) : width, height }
  const turn = sides?.find(({ rotation }) => rotation !== undefined)?.rotation ?? 0
  return turn % 180 === 0 ? shown : { width: shown.height, height: shown.width }
}

/** ISO 6709 in degrees, as `+48.2082+016.3738+171/`. */
function placeOf(text: string | undefined): TechnicalMetadata['gps_location'] {
  const found = /^([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?/.exec(text ?? '')
  if (found === null) return undefined
  const [latitude, longitude] = [Number(found[1]), Number(found[2])]
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined
  return { longitude, latitude, ...(found[3] === undefined ? {} : { altitude: Number(found[3]) }) }
}
