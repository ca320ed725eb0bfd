/**
 * What is in a file, and images made from it. Files come from anybody: they lie about their type, are cut off, or unfold to
 * more than any memory holds. So whatever opens them does it apart from the server, within limits of time, memory and pixels,
 * and every way to fail ends in a `MediaFailure` that says which.
 */
import type { Readable } from 'node:stream'

export type MediaTrouble =
  /** The bytes are not what they claim to be, or are cut off. */
  | 'broken'
  /** More pixels, pages, bytes or nesting than is opened here. */
  | 'too-large'
  | 'timeout'
  /** Nothing here can open this kind. */
  | 'unsupported'
  /** A program this needs is not installed; `message` names it. */
  | 'tool-missing'
  /** The program that had opened it ended by itself. */
  | 'crashed'
  | 'aborted'

export class MediaFailure extends Error {
  readonly trouble: MediaTrouble

  constructor(trouble: MediaTrouble, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'MediaFailure'
    this.trouble = trouble
  }
}

/** The kind of a file by its first bytes; null when they say nothing. */
export interface DetectedType {
  readonly mimeType: string
  /** Without a dot, in lower case. */
  readonly extension: string
}

/** Under the names of the contract. Absent is not known. */
export interface TechnicalMetadata {
  readonly width?: number
  readonly height?: number
  readonly max_dimension?: number
  readonly aspect_ratio?: number
  readonly format?: 'landscape' | 'portrait' | 'square'
  readonly dpi?: number
  readonly colorspace?: string
  readonly colorprofile?: string
  readonly colordepth?: number
  readonly samples_per_pixel?: number
  readonly has_clipping_path?: boolean
  /** As in EXIF, 1 to 8. Width and height are those of the upright image. */
  readonly orientation?: number
  /** Seconds. */
  readonly duration?: number
  readonly audio_codec?: readonly string[]
  readonly video_codec?: readonly string[]
  readonly pages?: number
  /** UTC, ISO 8601. */
  readonly create_date?: string
  readonly date_time_original?: string
  readonly camera_scanner?: string
  readonly gps_location?: { readonly longitude: number; readonly latitude: number; readonly altitude?: number }
  readonly dimensions?: { readonly width: number; readonly height: number; readonly unit: string }
  readonly mime_type?: string
  readonly file_type_extension?: string
  readonly blurhash?: string
  /** Of a panorama, as `equirectangular`. */
  readonly projection_type?: string
}

/** One tag as it was found: `EXIF`, `IPTC`, `XMP` and the like are groups. */
export interface MetadataTag {
  readonly group: string
  readonly name: string
  readonly value: string | number | boolean | readonly (string | number | boolean)[]
  /** For people. */
  readonly print: string
}

export interface MediaFacts {
  readonly technical: TechnicalMetadata
  readonly tags: readonly MetadataTag[]
}

/** Part of an upright image, in its pixels; cut to what lies inside. Entirely outside, the result is one pixel. */
export interface Crop {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}
export type ImageFormat = 'jpg' | 'png' | 'webp' | 'tif' | 'gif' | 'jp2' | 'heic' | 'bmp' | 'psd' | 'pdf'

export const IMAGE_TYPES = {
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  tif: 'image/tiff',
  gif: 'image/gif',
  jp2: 'image/jp2',
  heic: 'image/heic',
  bmp: 'image/bmp',
  psd: 'image/vnd.adobe.photoshop',
  pdf: 'application/pdf',
} as const satisfies Record<ImageFormat, string>

/** Done in this order: orientation of the file, crop, size, mirror, rotation, colour, format. */
export interface ImageRecipe {
  readonly format: ImageFormat
  readonly crop?: Crop
  readonly resize?: {
    readonly width?: number
    readonly height?: number
    /**
     * `inside`: no side is longer; `outside`: no side is shorter; `cover` (cut), `contain` (filled up) and `fill` (distorted)
     * have exactly this size. With only one of width and height, all of them keep the proportions.
     */
    readonly fit: 'inside' | 'outside' | 'cover' | 'contain' | 'fill'
    /**
     * Without it no pixel becomes larger: `cover` and `fill` are then as large as the image allows, `contain` has more around it.
     * What has no pixels of its own, a drawing or a page, is drawn at the size asked for either way.
     */
    readonly enlarge: boolean
  }
  /** Left and right change places (`x`: top and bottom). */
  readonly mirror?: 'x' | 'y'
  /** Clockwise degrees, whole or not. What is uncovered is transparent, or has the background. */
  readonly rotate?: number
  /** sRGB without it. */
  readonly colorspace?: 'srgb' | 'cmyk' | 'gray' | 'bitonal'
  /** CSS colour that takes the place of everything transparent. Without it that stays, or is white where a format has no transparency. */
  readonly background?: string
  /** 1 to 100. */
  readonly quality?: number
  readonly dpi?: number
  /** No metadata of the source goes along. */
  readonly strip?: boolean
  /** The page of a document, counted from 1, or the time in seconds of a film. */
  readonly page?: number
  readonly at?: number
}

export interface MadeImage {
  readonly sizeBytes: number
  readonly width: number
  readonly height: number
  readonly mimeType: string
}

/** A file on this machine; only read. */
export interface MediaSource {
  readonly path: string
  /** Without a dot; may lie. */
  readonly extension: string
}

export interface Media {
  /** From the first bytes; 4,100 of them are enough. */
  detect(head: Uint8Array): Promise<DetectedType | null>
  /** For kinds that are only recognised, no more than their type. Fails as `broken` where the extension promises what is not inside. */
  read(source: MediaSource, signal: AbortSignal): Promise<MediaFacts>
  /** An image of an image, of a page of a document, or of a moment of a film, written to `target`; nothing is there after a failure. */
  image(source: MediaSource, recipe: ImageRecipe, target: string, signal: AbortSignal): Promise<MadeImage>
  /** The same as a stream, for what is made on demand; fails before the stream exists. */
  stream(source: MediaSource, recipe: ImageRecipe, signal: AbortSignal): Promise<{ readonly body: Readable; readonly image: MadeImage }>
  /** Formats that `image` can write here. */
  readonly writable: ReadonlySet<ImageFormat>
}
