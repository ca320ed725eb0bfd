/** Files for the tests of media: made on the spot, in a folder of their own. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { MediaFailure, type MediaSource } from '@vitrine/domain/ports/media'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll } from 'vitest'

export const NEVER = new AbortController().signal

export type Rgb = readonly [red: number, green: number, blue: number]
export const RED: Rgb = [255, 0, 0]
export const GREEN: Rgb = [0, 255, 0]
export const BLUE: Rgb = [0, 0, 255]
export const WHITE: Rgb = [255, 255, 255]

/** A folder for the tests of one file. */
export function folder() {
  let dir = ''
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vitrine-media-test-'))
  })
  afterAll(async () => rm(dir, { recursive: true, force: true }))
  return {
    get dir() {
      return dir
    },
    path: (name: string) => join(dir, name),
    async put(name: string, content: Uint8Array | string): Promise<MediaSource> {
      const path = join(dir, name)
      await writeFile(path, content)
      return { path, extension: extname(name).slice(1) }
    },
  }
}

export function fixture(name: string): MediaSource {
  return { path: new URL(`./fixtures/${name}`, import.meta.url).pathname, extension: extname(name).slice(1) }
}

/** Four quarters: red and green above, blue and white below. */
export function quarters(width = 64, height = 48): Sharp {
  const [across, down] = [width / 2, height / 2]
  const quarter = (background: string) => ({ create: { width: across, height: down, channels: 3 as const, background } })
  return sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .composite([
      { input: quarter('#f00'), left: 0, top: 0 },
      { input: quarter('#0f0'), left: across, top: 0 },
      { input: quarter('#00f'), left: 0, top: down },
    ])
    .removeAlpha()
}

export async function noise(width: number, height: number): Promise<Sharp> {
  const made = await sharp({ create: { width, height, channels: 3, background: '#000', noise: { type: 'gaussian', mean: 128, sigma: 40 } } })
    .png({ compressionLevel: 1 })
    .toBuffer()
  return sharp(made)
}

/** The colours in the middle of the quarters: upper left, upper right, lower left, lower right. */
export async function cornersOf(file: string | Buffer): Promise<Rgb[]> {
  const { data, info } = await sharp(file).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number): Rgb => {
    const place = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels
    return [data[place] ?? -1, data[place + (info.channels > 2 ? 1 : 0)] ?? -1, data[place + (info.channels > 2 ? 2 : 0)] ?? -1]
  }
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)]
}

/** Codecs that lose something lose little in the middle of a quarter. */
export function near(colours: readonly Rgb[]): string[] {
  const names: [string, Rgb][] = [
    ['red', RED],
    ['green', GREEN],
    ['blue', BLUE],
    ['white', WHITE],
    ['black', [0, 0, 0]],
  ]
  return colours.map(
    (colour) => names.find(([, named]) => named.every((part, at) => Math.abs(part - (colour[at] ?? 0)) < 40))?.[0] ?? colour.join(' '),
  )
}

/** How it failed, for a test to compare. */
export async function failureOf(attempt: Promise<unknown>): Promise<{ trouble: string; message: string }> {
  try {
    await attempt
  } catch (error) {
    if (error instanceof MediaFailure) return { trouble: error.trouble, message: error.message }
    throw error
  }
  throw new Error('it succeeded')
}

export function bytesOf(path: string): Buffer {
  return readFileSync(path)
}

/** Of a process that may be somebody else's child: one that has ended and that nobody has asked for does not live. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    // Gone before either look.
    return false
  }
}

/** Whether a program is installed where the driver looks for it. */
export function isInstalled(program: string): boolean {
  return ['/usr/local/bin', '/usr/bin', '/bin', '/opt/homebrew/bin'].some((dir) => existsSync(join(dir, program)))
}
