/**
 * Large images, written once in half and half and half their size, each cut into tiles: a part of one level is read without
 * decoding the rest. Which level is read depends on how small the part is to be.
 */
import { MediaFailure, type Crop } from '@vitrine/domain/ports/media'
import type { Plan } from '../sizes.ts'
import type { Task } from '../tasks.ts'
import { openPicture, type Picture } from './open-picture.ts'
import { opening, sharp, strict } from './vips.ts'

const TILE_SIDE = 256
/** Of pictures that were lossy before; what is lost by it once more cannot be seen. */
const QUALITY = 95

export async function writeLevels({ kind, path, target, limits }: Extract<Task, { do: 'levels' }>): Promise<void> {
  const picture = await openPicture(kind, path, limits)
  if (picture.drawing) throw new MediaFailure('unsupported', 'a drawing has no pixels of its own')
  const isLossy = picture.metadata.format === 'jpeg'
  const tiles = { tile: true, pyramid: true, tileWidth: TILE_SIDE, tileHeight: TILE_SIDE, bigtiff: true }
  // Compression without loss takes five times as long as all the rest, and somebody waits for the first tile.
  const packed = isLossy ? ({ compression: 'jpeg', quality: QUALITY } as const) : ({ compression: 'none' } as const)
  await opening(async () =>
    picture
      .pipeline()
      .toColourspace('srgb')
      .tiff({ ...tiles, ...packed })
      .toFile(target),
  )
}

export interface Level {
  readonly picture: Picture
  readonly crop: Crop | null
}

/** The smallest level that still has all the pixels which the plan needs, and the part of it. */
export async function levelFor(path: string, picture: Picture, plan: Plan, limits: Parameters<typeof strict>[0]): Promise<Level> {
  const { width, height } = picture.size
  const cut = plan.crop === 'outside' || plan.crop === null ? { left: 0, top: 0, width, height } : plan.crop
  const wanted = plan.resize?.inner ?? plan.resize?.size ?? cut
  const shrink = Math.min(cut.width / wanted.width, cut.height / wanted.height)
  const page = Math.max(0, Math.min(Math.floor(Math.log2(shrink)), (picture.metadata.pages ?? 1) - 1))
  const input = () => sharp(path, { ...strict(limits), page, sequentialRead: false })
  const metadata = page === 0 ? picture.metadata : await opening(async () => input().metadata())
  const size = { width: metadata.width, height: metadata.height }
  const crop = plan.crop === null || plan.crop === 'outside' ? null : scaled(plan.crop, size.width / width, size.height / height, size)
  return { picture: { size, metadata, drawing: false, pipeline: input }, crop }
}

/** The part of a level, to the nearest pixel. */
function scaled({ left, top, width, height }: Crop, across: number, down: number, within: { width: number; height: number }): Crop {
  const [x, y] = [Math.min(within.width - 1, Math.round(left * across)), Math.min(within.height - 1, Math.round(top * down))]
  return {
    left: x,
    top: y,
    width: Math.max(1, Math.min(within.width, Math.round((left + width) * across)) - x),
    height: Math.max(1, Math.min(within.height, Math.round((top + height) * down)) - y),
  }
}
