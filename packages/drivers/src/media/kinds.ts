/** Which part of this driver opens a file, by what is inside. */
import type { DetectedType } from '@vitrine/domain/ports/media'

/** Opened by libvips itself, by a decoder of our own choice in front of it, by a program, or not at all. */
export type Kind = 'image' | 'svg' | 'heic' | 'jp2' | 'bmp' | 'psd' | 'pdf' | 'film' | 'sound' | 'other'
export type PictureKind = Extract<Kind, 'image' | 'svg' | 'heic' | 'jp2' | 'bmp' | 'psd'>

const KINDS: Record<string, Kind> = {
  ...all('image', 'jpg jpeg png apng webp gif tif tiff avif'),
  ...all('svg', 'svg'),
  ...all('heic', 'heic heif hif heics'),
  ...all('jp2', 'jp2 jpx jpf j2k j2c jpc'),
  ...all('bmp', 'bmp'),
  ...all('psd', 'psd'),
  ...all('pdf', 'pdf'),
  ...all('film', 'mp4 m4v mov 3gp 3g2 mkv webm avi flv wmv asf mpg mpeg m2ts mts ogv'),
  ...all('sound', 'mp3 wav flac m4a aac aif aiff ogg oga opus wma'),
}

export function kindOf(type: DetectedType | null): Kind {
  if (type === null) return 'other'
  const kind = KINDS[type.extension]
  if (kind !== undefined) return kind
  if (type.mimeType.startsWith('video/')) return 'film'
  return type.mimeType.startsWith('audio/') ? 'sound' : 'other'
}

/** What a name promises; a name that promises nothing we open cannot be a lie about it. */
export function promisedKind(extension: string): Kind {
  return KINDS[extension.toLowerCase()] ?? 'other'
}

function all(kind: Kind, extensions: string): Record<string, Kind> {
  return Object.fromEntries(extensions.split(' ').map((extension) => [extension, kind]))
}
