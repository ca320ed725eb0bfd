import { expect, test } from 'vitest'
import { momentOf } from './dates.ts'

test.each([
  ['2024:05:06 07:08:09', '+02:00', '2024-05-06T05:08:09Z'],
  ['2024:05:06 07:08:09', '-05:30', '2024-05-06T12:38:09Z'],
  ['2024:05:06 07:08:09', undefined, '2024-05-06T07:08:09Z'],
  ['2024:05:06 07:08:09', 'unknown', '2024-05-06T07:08:09Z'],
  ['2010-04-13T09:37:22+02:00', undefined, '2010-04-13T07:37:22Z'],
  ['2010-04-13T09:37:22.123Z', undefined, '2010-04-13T09:37:22Z'],
  ['1890-04-13', undefined, '1890-04-13T00:00:00Z'],
  ['1890-04', undefined, '1890-04-01T00:00:00Z'],
])('%s at %s is %s', (text, offset, expected) => {
  expect(momentOf(text, offset)).toBe(expected)
})

test.each([
  '0000:00:00 00:00:00',
  '    :  :     :  :  ',
  '2024:13:01 00:00:00',
  '2024:02:31 00:00:00',
  '2024:05:06 25:00:00',
  'yesterday',
  7,
  undefined,
])('%s is no moment', (text) => {
  expect(momentOf(text)).toBeUndefined()
})
