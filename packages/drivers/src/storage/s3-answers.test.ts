import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { describe, expect, it } from 'vitest'
import { objectsIn, uploadsIn } from './s3-answers.ts'

const listing = (inner: string) =>
  `<?xml version="1.0"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</ListBucketResult>`
const keysOf = (xml: string) => objectsIn(xml).objects.map(({ key }) => key)

describe('a listing of objects', () => {
  it('keeps keys as they are, whatever they look like', () => {
    const contents = (key: string) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`
    const plain = ['007', '1e5', 'true', ' spaces ', 'a&amp;b', '%41', 'a+b', '0x10']
    expect(keysOf(listing(plain.map(contents).join('')))).toEqual(['007', '1e5', 'true', ' spaces ', 'a&b', '%41', 'a+b', '0x10'])
    const encoded = ['007', '1e5', '%20spaces+', 'a%26b', '%2541', 'a%2Bb', '%F0%9F%97%9D']
    expect(keysOf(listing(`<EncodingType>url</EncodingType>${encoded.map(contents).join('')}`))).toEqual([
      '007',
      '1e5',
      ' spaces ',
      'a&b',
      '%41',
      'a+b',
      '\u{1f5dd}',
    ])
  })

  it('tells size and time, and how it goes on', () => {
    const item = '<Contents><Key>a</Key><LastModified>2026-01-02T03:04:05.006Z</LastModified><Size>12345678901</Size></Contents>'
    const objects = [{ key: 'a', sizeBytes: 12_345_678_901, modifiedAt: new Date('2026-01-02T03:04:05.006Z') }]
    expect(objectsIn(listing(`<IsTruncated>true</IsTruncated><NextContinuationToken>0012</NextContinuationToken>${item}`))).toEqual({
      objects,
      next: '0012',
    })
    expect(objectsIn(listing(`<IsTruncated>false</IsTruncated>${item}`))).toEqual({ objects, next: null })
    expect(objectsIn('<ListBucketResult/>')).toEqual({ objects: [], next: null })
  })

  it('that cannot be read is a failure of the store', () => {
    const bad = ['', 'no XML', '<html></html>', '<ListBucketResult>text</ListBucketResult>', listing('<Contents><Key>a</Key></Contents>')]
    bad.push(listing('<EncodingType>url</EncodingType><Contents><Key>%E0%A4%A</Key><Size>1</Size></Contents>'))
    for (const xml of bad) expect(() => objectsIn(xml), xml).toThrow(BlobFailure)
  })
})

it('a listing of unfinished uploads tells what each is called, and how it goes on', () => {
  const upload = '<Upload><Key>a%2Fb</Key><UploadId>0123</UploadId><Initiated>2026-01-02T03:04:05Z</Initiated></Upload>'
  const more = '<IsTruncated>true</IsTruncated><NextKeyMarker>a%2Fb</NextKeyMarker><NextUploadIdMarker>0123</NextUploadIdMarker>'
  const xml = `<ListMultipartUploadsResult><EncodingType>url</EncodingType>${more}${upload}</ListMultipartUploadsResult>`
  expect(uploadsIn(xml)).toEqual({
    uploads: [{ key: 'a/b', uploadId: '0123', initiatedAt: new Date('2026-01-02T03:04:05Z') }],
    next: { key: 'a/b', uploadId: '0123' },
  })
  expect(uploadsIn('<ListMultipartUploadsResult></ListMultipartUploadsResult>')).toEqual({ uploads: [], next: null })
})
