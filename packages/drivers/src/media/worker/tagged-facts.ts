/** Facts that stand in the tags. Where several groups say the same, the one that the camera wrote comes first. */
import type { TechnicalMetadata } from '@vitrine/domain/ports/media'
import type { Metadata } from 'sharp'
import { momentOf } from './dates.ts'
import { CLIPPING_PATH, photoshopResources } from './photoshop-resources.ts'
import type { RawTags } from './tags.ts'

type Facts = { -readonly [Name in keyof TechnicalMetadata]: TechnicalMetadata[Name] | undefined }

const CENTIMETRES = 3
const CM_PER_INCH = 2.54
const MOST_LATITUDE = 90
const MOST_LONGITUDE = 180

export function taggedFacts(raw: RawTags, metadata: Metadata): TechnicalMetadata {
  const exif = (name: string) => plain(raw['exif']?.[name])
  const xmp = (name: string) => plain(raw['xmp']?.[name])
  const iptc = raw['iptc'] ?? {}
  const facts: Facts = {
    orientation: orientationOf(metadata.orientation ?? exif('Orientation')),
    dpi: dpiOf(exif) ?? (metadata.density === undefined ? undefined : Math.round(metadata.density)),
    colorprofile: textOf(plain(raw['icc']?.['ICC Description'])),
    has_clipping_path: hasClippingPath(metadata),
    create_date: momentOf(exif('DateTimeDigitized'), exif('OffsetTimeDigitized')) ?? momentOf(xmp('CreateDate')),
    date_time_original:
      momentOf(exif('DateTimeOriginal'), exif('OffsetTimeOriginal')) ??
      momentOf(xmp('DateTimeOriginal')) ??
      momentOf(xmp('DateCreated')) ??
      iptcMoment(described(iptc['Date Created']), described(iptc['Time Created'])),
    camera_scanner: cameraOf(textOf(exif('Make')) ?? textOf(xmp('Make')), textOf(exif('Model')) ?? textOf(xmp('Model'))),
    gps_location: placeOf(raw['gps']),
    projection_type: textOf(xmp('ProjectionType')),
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as TechnicalMetadata
}

/** The library looks for one only beside a tag that few files have. What libvips calls IPTC in a JPEG is the whole list. */
function hasClippingPath({ tifftagPhotoshop, iptc }: Metadata): boolean {
  const list = tifftagPhotoshop ?? iptc
  if (list === undefined) return false
  const start = list.indexOf('8BIM')
  return start !== -1 && photoshopResources(list.subarray(start)).has(CLIPPING_PATH)
}

/** One value of a tag, whatever the library wrapped around it. */
function plain(tag: unknown): unknown {
  if (typeof tag !== 'object' || tag === null) return undefined
  const { value, computed } = tag as { value?: unknown; computed?: unknown }
  const found = computed ?? value
  return Array.isArray(found) && found.length === 1 ? found[0] : found
}

function described(tag: unknown): unknown {
  return typeof tag === 'object' && tag !== null ? (tag as { description?: unknown }).description : undefined
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.replaceAll('\u0000', ' ').trim() : ''
  return text === '' ? undefined : text
}

function orientationOf(value: unknown): number | undefined {
  const orientation = Number(value)
  return Number.isInteger(orientation) && orientation >= 1 && orientation <= 8 ? orientation : undefined
}

function dpiOf(exif: (name: string) => unknown): number | undefined {
  const resolution = exif('XResolution')
  if (typeof resolution !== 'number' || !Number.isFinite(resolution) || resolution <= 0) return undefined
  return Math.round(exif('ResolutionUnit') === CENTIMETRES ? resolution * CM_PER_INCH : resolution)
}

function cameraOf(make: string | undefined, model: string | undefined): string | undefined {
  if (make === undefined || model === undefined) return model ?? make
  return model.toLowerCase().startsWith(make.toLowerCase()) ? model : `${make} ${model}`
}

/** The library has put hemispheres and sea level into the signs. */
function placeOf(gps: Record<string, unknown> | undefined): TechnicalMetadata['gps_location'] {
  const { Latitude: latitude, Longitude: longitude, Altitude: altitude } = gps ?? {}
  if (!within(latitude, MOST_LATITUDE) || !within(longitude, MOST_LONGITUDE)) return undefined
  return { longitude, latitude, ...(typeof altitude === 'number' && Number.isFinite(altitude) ? { altitude } : {}) }
}

function within(value: unknown, most: number): value is number {
  return typeof value === 'number' && Math.abs(value) <= most
}

function iptcMoment(date: unknown, time: unknown): string | undefined {
  return momentOf(typeof time === 'string' ? `${date}T${time}` : date)
}
