/** Texts in several languages, as one reader gets them. */
import type { Schemas } from '@vitrine/contract/instance'

export type LocalizedText = NonNullable<Schemas['LocalizedText']>

const FALLBACK = 'en-US'

/** The text in that language, else in another form of it, else in English, else in any; empty when there is none at all. */
export function textIn(texts: LocalizedText, language: string): string {
  const family = language.split('-')[0]
  const there = Object.entries(texts).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '')
  const found =
    there.find(([tag]) => tag === language) ??
    there.find(([tag]) => tag.split('-')[0] === family) ??
    there.find(([tag]) => tag === FALLBACK) ??
    there[0]
  return found?.[1] ?? ''
}
