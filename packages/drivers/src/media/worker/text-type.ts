/** Kinds of text, which have no magic number: what they look like decides, and plain text is what is left. */
import type { DetectedType } from '@vitrine/domain/ports/media'

const SVG: DetectedType = { mimeType: 'image/svg+xml', extension: 'svg' }
const XML: DetectedType = { mimeType: 'application/xml', extension: 'xml' }
const HTML: DetectedType = { mimeType: 'text/html', extension: 'html' }
const JSON_TYPE: DetectedType = { mimeType: 'application/json', extension: 'json' }
const CSV: DetectedType = { mimeType: 'text/csv', extension: 'csv' }
const PLAIN: DetectedType = { mimeType: 'text/plain', extension: 'txt' }

/** Null when the bytes are not text. */
export function textType(head: Uint8Array): DetectedType | null {
  const text = textOf(head)
  if (text === null) return null
  const start = text.trimStart()
  if (start.startsWith('<')) return markupType(start)
  if (looksLikeJson(start)) return JSON_TYPE
  return looksLikeCsv(text) ? CSV : PLAIN
}

function textOf(head: Uint8Array): string | null {
  const encoding = head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8'
  try {
    // `stream`: the last character may be cut in two.
    const text = new TextDecoder(encoding, { fatal: true }).decode(head, { stream: true })
    // eslint-disable-next-line no-control-regex -- control characters are what tells bytes from text.
    return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text) ? null : text
  } catch {
    return null
  }
}

/** By the first element, behind the declaration, comments, instructions and a document type with whatever it declares. */
function markupType(text: string): DetectedType {
  const name = /^\s*<([a-z_][\w.-]*(?::[\w.-]+)?)[\s/>]/i.exec(withoutProlog(text))?.[1]?.toLowerCase()
  if (name === 'svg' || name?.endsWith(':svg')) return SVG
  if (name === 'html' || /^<!doctype\s+html/i.test(text)) return HTML
  return name === undefined && !text.startsWith('<?xml') ? PLAIN : XML
}

function withoutProlog(text: string): string {
  let rest = text
  for (;;) {
    const next = rest.replace(/^\s*(?:<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!doctype[^>[]*(?:\[[\s\S]*?\]\s*)?>)/i, '')
    if (next === rest) return rest
    rest = next
  }
}

function looksLikeJson(start: string): boolean {
  return /^(?:\{\s*(?:"|\}\s*$)|\[\s*(?:["{[\d\-\]]|true|false|null))/.test(start)
}

/** At least two lines, all of which but the last, which may be cut off, have the same number of one separator. */
function looksLikeCsv(text: string): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  const whole = lines.length > 2 ? lines.slice(0, -1) : lines
  if (whole.length < 2) return false
  return [',', ';', '\t'].some((separator) => {
    const counts = whole.map((line) => line.replaceAll(/"(?:[^"]|"")*"/g, '').split(separator).length)
    return counts[0] !== undefined && counts[0] > 1 && counts.every((count) => count === counts[0])
  })
}
