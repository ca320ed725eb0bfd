import { describe, expect, it } from 'vitest'
import { classify, limitOf, type FileClasses } from './file-classes.ts'

const CLASSES: FileClasses = {
  classes: [
    { name: 'image', extensions: new Set(['jpg', 'webdvd.zip']), maxBytes: 10 },
    { name: 'office', extensions: new Set(['zip', 'gz']), maxBytes: null },
  ],
  allowUnknown: true,
  maxBytes: 99,
}

describe('the class of a file', () => {
  it.each([
    ['a.jpg', 'image', 'jpg'],
    ['A.JPG', 'image', 'jpg'],
    ['flower.webdvd.zip', 'image', 'webdvd.zip'],
    ['flower.zip', 'office', 'zip'],
    ['a.tar.gz', 'office', 'gz'],
    ['C:\\x.jpg\\notes', 'unknown', ''],
    ['/x.jpg/notes.xyz', 'unknown', 'xyz'],
    ['.jpg', 'image', 'jpg'],
    ['.hidden', 'unknown', ''],
    ['a.', 'unknown', ''],
    ['a.very odd', 'unknown', ''],
    ['', 'unknown', ''],
  ])('of %j is %s, with the extension %j', (name, fileClass, extension) => {
    expect(classify(CLASSES, name)).toEqual({ class: fileClass, extension })
  })

  it('says how large a file may be, or leaves that to all classes', () => {
    expect([limitOf(CLASSES, 'image'), limitOf(CLASSES, 'office'), limitOf(CLASSES, 'unknown')]).toEqual([10, 99, 99])
  })
})
