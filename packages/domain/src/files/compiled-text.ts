/** A file in one line, such as `JPG, 1920 x 1285 px, 569.5 kB`. */
import type { StoredFile } from './file.ts'

type Props = { -readonly [K in 'extension' | 'dimensions' | 'duration' | 'pages']?: string }

export function compiledProps({ extension, technical }: StoredFile): Props {
  const { width, height, duration, pages } = technical
  return {
    ...(extension !== '' && { extension: extension.toUpperCase() }),
    ...(width !== undefined && height !== undefined && { dimensions: `${width} x ${height} px` }),
    ...(duration !== undefined && { duration: clock(duration) }),
    ...(pages !== undefined && { pages: String(pages) }),
  }
}

export function compiledText(file: StoredFile): string {
  const { extension, dimensions, duration, pages } = compiledProps(file)
  const size = file.sizeBytes === null ? undefined : sizeText(file.sizeBytes)
  const parts = [extension, dimensions, duration, pages === undefined ? undefined : `${pages} ${pages === '1' ? 'page' : 'pages'}`, size]
  return parts.filter((part) => part !== undefined).join(', ')
}

/** Hours only where there are any. */
function clock(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (n: number) => String(n).padStart(2, '0')
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return `${hours > 0 ? `${hours}:` : ''}${two(minutes)}:${two(whole % 60)}`
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

function sizeText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1)
  const value = bytes / 1000 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`
}
