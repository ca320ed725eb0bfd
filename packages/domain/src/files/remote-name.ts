/**
 * What a file from somewhere else is called. Whoever imports it may say so; otherwise the other server says it, or the address
 * does. Nobody but the former can make an import fail by a name: what a remote server sends is tidied up as far as possible.
 */
import { parse } from 'content-disposition'
import mime from 'mime'
import { fail } from '../errors.ts'
import { baseName } from './file.ts'
import { mimeTypeOf } from './remote-headers.ts'

export interface NameSources {
  /** Of the request; empty where the other server is to say it. */
  readonly wanted: string
  /** Header of the answer. */
  readonly contentDisposition: string | null
  readonly contentType: string | null
  /** The address that was asked for, and where the answer came from. */
  readonly urls: readonly string[]
}

const LONGEST_WANTED = 1000
const LONGEST_FOUND = 255
/** With a letter in it: what follows the dot of `Report 2.0` is no extension. */
const EXTENSION = /\.(?=\d*[a-z])[\da-z_-]{1,20}$/i
const ANYTHING = new Set(['application/octet-stream', 'binary/octet-stream', 'application/unknown', 'application/x-unknown'])
/** Those that turn text around would have `gpj.exe` read as `exe.jpg`. */
const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

/** Where the register names an extension that nobody uses, or has none. */
const PREFERRED: Readonly<Record<string, string>> = {
  'application/postscript': 'eps',
  'audio/aac': 'aac',
  'audio/aiff': 'aif',
  'audio/flac': 'flac',
  'audio/mp3': 'mp3',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'image/jpg': 'jpg',
  'image/pjpeg': 'jpg',
  'image/tiff-fx': 'tif',
  'video/quicktime': 'mov',
  'video/x-m4v': 'm4v',
}

/** Base name with an extension. Fails with EasEmptyFilename where there is nothing to go by, and with EasInvalidFilename. */
export function remoteName({ wanted, contentDisposition, contentType, urls }: NameSources): string {
  const found = foundName(contentDisposition, urls)
  const name = wanted === '' ? (found ?? fail('EasEmptyFilename', {})) : wantedName(wanted)
  if (EXTENSION.test(name)) return name
  return `${name}${extensionFor(mimeTypeOf(contentType), found) ?? fail('EasInvalidFilename', { filename: name })}`
}

/** With its dot. A type that could be anything says less than a name. */
function extensionFor(type: string | null, found: string | undefined): string | undefined {
  const known = type === null ? null : (PREFERRED[type] ?? mime.getExtension(type))
  const told = EXTENSION.exec(found ?? '')?.[0]
  if (type !== null && ANYTHING.has(type)) return told ?? '.bin'
  return known === null ? told : `.${known}`
}

function wantedName(wanted: string): string {
  const name = trimmed(baseName(wanted))
  const isOdd = name === '' || wanted.length > LONGEST_WANTED || wanted.search(UNSEEN) >= 0
  return isOdd ? fail('EasInvalidFilename', { filename: wanted.slice(0, LONGEST_WANTED).replace(UNSEEN, '') }) : name
}

/** Of several addresses, the first whose name has an extension. */
function foundName(contentDisposition: string | null, urls: readonly string[]): string | undefined {
  const told = tidied(nameInHeader(contentDisposition))
  if (told !== '') return told
  const names = urls.map((url) => tidied(lastSegment(url))).filter((name) => name !== '')
  return names.find((name) => EXTENSION.test(name)) ?? names[0]
}

/** Some servers leave the kind of disposition out. */
function nameInHeader(header: string | null): string {
  if (header === null) return ''
  const { parameters } = parse(/^\s*filename\*?\s*=/i.test(header) ? `attachment; ${header}` : header)
  return parameters['filename'] ?? ''
}

function lastSegment(url: string): string {
  const segment = new URL(url).pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(segment)
  } catch {
    // A lone per cent sign, or escapes that are no UTF-8: then it is meant as it is written.
    return segment
  }
}

function tidied(text: string): string {
  const name = trimmed(baseName(text.replace(UNSEEN, '')))
  if (name.length <= LONGEST_FOUND) return name
  const extension = EXTENSION.exec(name)?.[0] ?? ''
  return `${name.slice(0, LONGEST_FOUND - extension.length).replace(/\p{Cs}$/u, '')}${extension}`
}

/** A dot or a blank at an end means something to some systems of files; names made of nothing else are none. */
const trimmed = (name: string) => name.replace(/[\s.]+$/, '').trimStart()
