import { describe, expect, it } from 'vitest'
import { attachment, contentDisposition, contentType } from './content-headers.ts'
import type { StoredFile } from './file.ts'

const file = (originalFilepath: string, extension: string, mimeType: string | null) => ({ originalFilepath, extension, mimeType }) as StoredFile

describe('how bytes present themselves', () => {
  it.each([
    ['image/png', 'inline'],
    ['application/pdf', 'inline'],
    ['video/mp4', 'inline'],
    ['text/plain', 'inline'],
    ['image/svg+xml', 'attachment'],
    ['text/html', 'attachment'],
    ['application/xhtml+xml', 'attachment'],
    ['text/xml', 'attachment'],
    ['application/javascript', 'attachment'],
    [null, 'attachment'],
  ])('%s comes as %s when it is to be shown', (type, disposition) => {
    const one = file('a.x', 'x', type)
    expect(contentDisposition(one, one, 'original', 'inline')).toBe(`${disposition}; filename="a.x"`)
    expect(contentDisposition(one, one, 'original', 'attachment')).toBe('attachment; filename="a.x"')
  })

  it('names a version after the file that it is made from', () => {
    expect(contentDisposition(file('/x/tree.tif', 'tif', null), file('', 'jpg', 'image/jpeg'), 'small', 'inline')).toBe(
      'inline; filename="tree_small.jpg"',
    )
  })

  it.each(['a"b.txt', 'a\\b', 'ä.txt', '100%.txt', '文.txt', 'a;b=c.txt', "it's (1)*.txt"])('spells %j so that it can be read back', (name) => {
    const told = attachment(name)
    expect(told).toMatch(/^attachment; filename="[\x20-\x7e]*"/)
    const [, encoded] = /filename\*=UTF-8''(\S+)$/.exec(told) ?? []
    expect(encoded === undefined ? /filename="(.*)"/.exec(told)?.[1] : decodeURIComponent(encoded)).toBe(name)
  })

  it('never repeats what is no media type', () => {
    expect(['image/png', 'nonsense', 'a/b/c', '', '/x'].map((type) => contentType(file('', '', type)))).toEqual([
      'image/png',
      ...Array.from({ length: 4 }, () => 'application/octet-stream'),
    ])
  })
})
