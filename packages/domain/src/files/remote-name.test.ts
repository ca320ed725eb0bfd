import { describe, expect, it } from 'vitest'
import { isDomainError } from '../errors.ts'
import { mimeTypeOf } from './remote-headers.ts'
import { remoteName, type NameSources } from './remote-name.ts'

const named = (sources: Partial<NameSources> & { url?: string }) => {
  const { url, ...rest } = sources
  return remoteName({ wanted: '', contentDisposition: null, contentType: null, urls: url === undefined ? ['https://a.test/'] : [url], ...rest })
}
const failed = (sources: Parameters<typeof named>[0]) => {
  try {
    return named(sources)
  } catch (error) {
    if (!isDomainError(error)) throw error
    return [error.code, error.parameters]
  }
}

describe('the name of a remote file', () => {
  it('is the one that was asked for, then the one of the header, then the one of the address', () => {
    const all = { contentDisposition: 'attachment; filename="header.png"', contentType: 'image/gif', url: 'https://a.test/b/url.tif' }
    expect(named({ ...all, wanted: 'wanted.jpg' })).toBe('wanted.jpg')
    expect(named(all)).toBe('header.png')
    expect(named({ ...all, contentDisposition: 'inline' })).toBe('url.tif')
    expect(named({ ...all, contentDisposition: null })).toBe('url.tif')
  })

  it('gets its extension from the type when it has none', () => {
    expect(named({ wanted: 'photo', contentType: 'image/jpeg; charset=binary' })).toBe('photo.jpg')
    expect(named({ contentDisposition: 'attachment; filename=photo', contentType: 'IMAGE/PNG' })).toBe('photo.png')
    expect(named({ url: 'https://a.test/photo?size=1.jpg#x.gif', contentType: 'image/webp' })).toBe('photo.webp')
    // What follows a dot is not an extension for that.
    expect(named({ wanted: 'Report 2.0', contentType: 'application/pdf' })).toBe('Report 2.0.pdf')
    expect(named({ wanted: 'Dr. Who and all the others.', contentType: 'text/plain' })).toBe('Dr. Who and all the others.txt')
  })

  it.each([
    ['image/jpeg', 'jpg'],
    ['image/pjpeg', 'jpg'],
    ['image/tiff', 'tif'],
    ['image/heic', 'heic'],
    ['image/svg+xml', 'svg'],
    ['image/vnd.adobe.photoshop', 'psd'],
    ['audio/mpeg', 'mp3'],
    ['audio/x-wav', 'wav'],
    ['audio/flac', 'flac'],
    ['video/quicktime', 'mov'],
    ['video/mp4', 'mp4'],
    ['application/pdf', 'pdf'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
    ['application/octet-stream', 'bin'],
  ])('ends for %s in %s, as people write it', (contentType, extension) => expect(named({ wanted: 'x', contentType })).toBe(`x.${extension}`))

  it('prefers the extension of a found name to a type that could be anything', () => {
    expect(named({ wanted: 'photo', contentType: 'application/octet-stream', url: 'https://a.test/b.cr2' })).toBe('photo.cr2')
    expect(named({ wanted: 'photo', contentType: 'application/x-nobody-knows', url: 'https://a.test/b.cr2' })).toBe('photo.cr2')
    expect(named({ wanted: 'photo', contentType: 'image/jpeg', url: 'https://a.test/b.cr2' })).toBe('photo.jpg')
  })

  it('may come from where the address leads when the address itself has none', () => {
    expect(named({ urls: ['https://short.test/x7', 'https://cdn.test/real%20name.jpg'] })).toBe('real name.jpg')
    expect(named({ urls: ['https://a.test/name.jpg', 'https://cdn.test/5e0c.bin'] })).toBe('name.jpg')
    expect(named({ urls: ['https://a.test/', 'https://cdn.test/5e0c'], contentType: 'image/png' })).toBe('5e0c.png')
  })

  it('is read in every way in which headers write it', () => {
    for (const [header, name] of [
      ['attachment; filename="a b.jpg"', 'a b.jpg'],
      ['attachment; filename="fallback.jpg"; filename*=UTF-8\'\'%e2%82%ac%20rates.jpg', '€ rates.jpg'],
      ["attachment; filename*=ISO-8859-1''%A3.jpg", '£.jpg'],
      ['attachment; filename*=utf-8\'\'%zz.jpg; filename="ok.jpg"', 'ok.jpg'],
      ['attachment; filename=Größe.jpg', 'Größe.jpg'],
      ['ATTACHMENT; FILENAME="caps.jpg"', 'caps.jpg'],
      ['filename="bare.jpg"', 'bare.jpg'],
      ["filename*=UTF-8''bare%20too.jpg", 'bare too.jpg'],
      ['attachment; filename="say \\"cheese\\".jpg"', 'say "cheese".jpg'],
      ['attachment; filename="x.jpg";', 'x.jpg'],
    ] as const)
      expect([header, named({ contentDisposition: header, url: 'https://a.test/url.gif' })]).toEqual([header, name])
    for (const header of ['', ';;;', 'attachment; filename=', 'attachment; filename=""', 'attachment; filename="   "', 'attachment; filename="open'])
      expect([header, named({ contentDisposition: header, url: 'https://a.test/url.gif' })]).toEqual([header, 'url.gif'])
  })

  it('is the last part of a path at most, whatever was sent as one', () => {
    for (const name of ['../../etc/photo.jpg', '/photo.jpg', 'C:\\Users\\me\\photo.jpg', '..\\..\\photo.jpg', 'a/b\\photo.jpg', './photo.jpg'])
      expect([name, named({ wanted: name })]).toEqual([name, 'photo.jpg'])
    expect(named({ contentDisposition: 'attachment; filename="../../photo.jpg"' })).toBe('photo.jpg')
    expect(named({ url: 'https://a.test/x/..%2f..%2Fetc%2Fphoto.jpg' })).toBe('photo.jpg')
    expect(named({ url: 'https://a.test/x%5Cphoto.jpg' })).toBe('photo.jpg')
  })

  it('holds nothing that cannot be seen when the other server sends it', () => {
    expect(named({ contentDisposition: "attachment; filename*=UTF-8''a%00b%0d%0ac%1b.jpg" })).toBe('abc.jpg')
    expect(named({ url: 'https://a.test/photo%E2%80%AEgpj.exe' })).toBe('photogpj.exe')
    expect(named({ url: 'https://a.test/%EF%BB%BFphoto.jpg%20%20' })).toBe('photo.jpg')
  })

  it('is taken as it stands in the address when its escapes are none', () => {
    expect(named({ url: 'https://a.test/100%.jpg' })).toBe('100%.jpg')
    expect(named({ url: 'https://a.test/%ff%fe.jpg' })).toBe('%ff%fe.jpg')
    expect(named({ url: 'https://a.test/M%C3%BCnchen%20%28alt%29.jpg' })).toBe('München (alt).jpg')
  })

  it('is cut where it is too long, and keeps its extension', () => {
    const cut = named({ url: `https://a.test/${'x'.repeat(400)}.jpg` })
    expect([cut.length, cut.endsWith('x.jpg')]).toEqual([255, true])
    const emoji = named({ url: `https://a.test/y${encodeURIComponent('🎨'.repeat(300))}.jpg` })
    expect([emoji.isWellFormed(), emoji.length <= 255, emoji.endsWith('🎨.jpg')]).toEqual([true, true, true])
  })

  it('is missed where nothing says it', () => {
    for (const url of [
      'https://a.test/',
      'https://a.test',
      'https://a.test/dir/',
      'https://a.test/?file=x.jpg',
      'https://a.test/..',
      'https://a.test/%2F',
      'https://a.test/...',
    ])
      expect([url, failed({ url, contentType: 'image/jpeg' })]).toEqual([url, ['EasEmptyFilename', {}]])
  })

  it('is refused where it cannot be one, or where its kind stays unknown', () => {
    for (const wanted of ['.', '..', '/', 'a/', '  ', '\u0000', 'a\u0000.jpg', 'a\nb.jpg', 'photo\u202egpj.exe', `${'x'.repeat(1000)}.jpg`])
      expect([wanted, failed({ wanted, contentType: 'image/jpeg' })]).toEqual([
        wanted,
        ['EasInvalidFilename', { filename: expect.any(String) as string }],
      ])
    expect(failed({ wanted: 'photo' })).toEqual(['EasInvalidFilename', { filename: 'photo' }])
    expect(failed({ url: 'https://a.test/photo', contentType: 'made/up' })).toEqual(['EasInvalidFilename', { filename: 'photo' }])
    expect(failed({ url: 'https://a.test/photo', contentType: 'nonsense' })).toEqual(['EasInvalidFilename', { filename: 'photo' }])
  })
})

describe('a type', () => {
  it('is read without its parameters, and only where there is one', () => {
    expect(mimeTypeOf(' Image/JPEG ; q=1')).toBe('image/jpeg')
    for (const header of [null, '', 'image', 'image/', '/jpeg', 'a/b/c', 'text/html\u0000', `a/${'b'.repeat(200)}`])
      expect([header, mimeTypeOf(header)]).toEqual([header, null])
  })
})
