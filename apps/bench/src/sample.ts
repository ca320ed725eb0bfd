/** A record of about 1.4 KB: titles in two languages, texts, numbers, a date and nested rows. */

const WORDS = 'harbour lantern granite meadow varnish easel copper linen folio archway ember quarry willow pigment canvas shutter'.split(' ')
let counter = 0

const words = (count: number) => Array.from({ length: count }, () => WORDS[Math.floor(Math.random() * WORDS.length)]).join(' ')

export interface SampleFields {
  readonly code: string
  readonly title: Readonly<Record<string, string>>
  readonly description: string
  readonly note: string
  readonly height: number
  readonly weight: number
  readonly made: { readonly value: string }
  readonly shown: boolean
}

export function sampleFields(): SampleFields {
  const number = ++counter
  return {
    code: `B-${process.pid}-${number}`,
    title: { 'en-US': `${words(4)} ${number}`, 'de-DE': `${words(4)} ${number}` },
    description: words(110),
    note: words(25),
    height: number % 5000,
    weight: number / 8,
    made: { value: `${1700 + (number % 300)}-05` },
    shown: number % 2 === 0,
  }
}

/** The same as stored content, under made-up column ids. */
export const sampleContent = (): object => Object.fromEntries(Object.values(sampleFields()).map((value, i) => [String(i + 1), value]))
