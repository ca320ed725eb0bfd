/** Films, opened by ffmpeg: only as what their first bytes say they are, and never with a second file. */
import { existsSync } from 'node:fs'
import { MediaFailure, type DetectedType, type ImageRecipe, type MediaFacts, type MetadataTag } from '@vitrine/domain/ports/media'
import { mustBeWhole } from './film-boxes.ts'
import { isPicture, probedFacts, type Probed } from './film-facts.ts'
import type { MediaLimits } from './limits.ts'
import type { Programs, ProgramTerms } from './programs.ts'
import { allow } from './sizes.ts'

export interface Film {
  readonly path: string
  readonly type: DetectedType | null
}

/** Without a moment asked for: a tenth into the film, which is rarely still black, at most this far. */
const LATEST_POSTER_SECONDS = 10
const DEFAULT_FRAME_SECONDS = 0.1

const DEMUXERS: Record<string, string> = {
  ...all('mov', 'mp4 m4v mov qt 3gp 3g2 mj2'),
  ...all('matroska', 'mkv webm'),
  ...all('mpegts', 'mts m2ts'),
  ...all('mpeg', 'mpg mpeg'),
  ...all('asf', 'asf wmv'),
  ...all('ogg', 'ogv'),
  ...all('avi', 'avi'),
  ...all('flv', 'flv'),
}

export async function readFilm(programs: Programs, film: Film, terms: ProgramTerms): Promise<MediaFacts> {
  const probed = await probe(programs, film, terms)
  return { technical: probedFacts(probed), tags: tagsOf(probed) }
}

/** Writes one frame as PNG; a moment behind the end is the end. Answers what is left to be done with it. */
export async function drawFrame(
  programs: Programs,
  film: Film,
  recipe: ImageRecipe,
  target: string,
  limits: MediaLimits,
  terms: ProgramTerms,
): Promise<ImageRecipe> {
  const { at, page: _, ...rest } = recipe
  const probed = await probe(programs, film, terms)
  const facts = probedFacts(probed)
  if (facts.width === undefined || facts.height === undefined) throw new MediaFailure('unsupported', 'there is no picture in it')
  allow({ width: facts.width, height: facts.height }, limits.pixels, 'a frame has')
  const moment = momentOf(probed, at)
  await programs.run('ffmpeg', frameArguments(film, moment, target, limits), terms)
  // Whatever the file says about its length, there may be nothing at that moment.
  if (moment > 0 && !existsSync(target)) await programs.run('ffmpeg', frameArguments(film, 0, target, limits), terms)
  if (!existsSync(target)) throw new MediaFailure('broken', 'no picture in it can be decoded')
  return rest
}

function frameArguments({ path, type }: Film, at: number, target: string, limits: MediaLimits): string[] {
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', ...opened(type), '-threads', '1', '-max_pixels', String(limits.pixels)],
    ...['-ss', String(at), '-i', `file:${path}`, '-map', '0:v:0', '-an', '-sn', '-dn', '-frames:v', '1'],
    ...['-f', 'image2', '-update', '1', '-c:v', 'png', `file:${target}`],
  ]
}

function momentOf({ format, streams = [] }: Probed, at: number | undefined): number {
  const { duration: shown, avg_frame_rate: rate } = streams.find(isPicture) ?? {}
  const duration = Number(shown ?? format?.duration) || 0
  const [frames, seconds] = (rate ?? '').split('/').map(Number)
  const last = Math.max(0, duration - (frames && seconds ? seconds / frames : DEFAULT_FRAME_SECONDS))
  const wanted = at ?? Math.min(LATEST_POSTER_SECONDS, duration / 10)
  return Math.round(Math.min(last, Math.max(0, wanted)) * 1000) / 1000
}

async function probe(programs: Programs, film: Film, terms: ProgramTerms): Promise<Probed> {
  const args = [
    '-hide_banner',
    '-loglevel',
    'error',
    ...opened(film.type),
    '-print_format',
    'json',
    '-show_format',
    '-show_streams',
    `file:${film.path}`,
  ]
  const printed = JSON.parse(await programs.run('ffprobe', args, terms)) as Probed
  if (DEMUXERS[film.type?.extension ?? ''] === 'mov') await mustBeWhole(film.path)
  if (!printed.streams?.some(({ codec_type: kind }) => kind === 'video' || kind === 'audio'))
    throw new MediaFailure('broken', 'nothing to see or hear is found in it')
  return printed
}

/** No playlist, no network, no other file: the container is named, and all it may open is a file. */
function opened(type: DetectedType | null): string[] {
  const demuxer = DEMUXERS[type?.extension ?? '']
  if (demuxer === undefined) throw new MediaFailure('unsupported', `${type?.mimeType} is not opened here`)
  return ['-protocol_whitelist', 'file', '-f', demuxer]
}

function tagsOf({ format, streams }: Probed): MetadataTag[] {
  const groups: [string, Record<string, unknown> | undefined][] = [
    ['Format', format?.tags],
    ...(streams ?? []).map(({ codec_type: kind, tags }): [string, typeof tags] => [
      kind === 'video' ? 'Video' : kind === 'audio' ? 'Audio' : 'Stream',
      tags,
    ]),
  ]
  return groups.flatMap(([group, tags]) =>
    Object.entries(tags ?? {}).flatMap(([name, value]) => (typeof value === 'string' ? [{ group, name, value, print: value }] : [])),
  )
}

function all(demuxer: string, extensions: string): Record<string, string> {
  return Object.fromEntries(extensions.split(' ').map((extension) => [extension, demuxer]))
}
