import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readingArchive, to, type Json } from '../../testing/reading-archive.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const LETTERS = '_reverse_nested:letter:author'

/** Artworks 1 and 2 that point at each other and at an artist with a letter, which is about the first artwork. */
async function circle() {
  const archive = await readingArchive(server)
  const { save } = archive
  await save('artist', { name: 'Ann' })
  await save('artwork', { title: { 'en-US': 'One' }, artist: to('artist', 1) })
  await save('artwork', { title: { 'en-US': 'Two' }, artist: to('artist', 1), related: to('artwork', 1) })
  await save('artwork', { _id: 1, _version: 2, title: { 'en-US': 'One' }, artist: to('artist', 1), related: to('artwork', 2) })
  await save('letter', { author: to('artist', 1), subject: 'On it', about: to('artwork', 1), _mask: '_all_fields' })
  return archive
}
const formats = ({ artwork }: Json) => ({ artist: artwork.artist?._format, related: artwork.related?._format })

describe('embedding linked records', () => {
  it('writes them out in full, with what links to them, and never inside themselves', async () => {
    const { read } = await circle()
    const [one] = await read('artwork/artwork__main/1?format=long&merge_linked_objects=all')
    const { artist, related } = (one as Json).artwork
    expect(artist).toMatchObject({ _format: 'long', _mask: 'artist__main', _created: expect.any(String), artist: { _id: 1, name: 'Ann' } })
    // The letter of the artist is about the artwork that is being read.
    expect(artist.artist[LETTERS]).toMatchObject([{ _id: 1, subject: 'On it', about: { _format: 'standard', artwork: { _id: 1 } } }])
    expect(related).toMatchObject({ _format: 'long', artwork: { _id: 2, title: { 'en-US': 'Two' } } })
    expect(related.artwork.related).toMatchObject({ _format: 'standard', artwork: { _id: 1 } })
    expect(related.artwork.artist).toMatchObject({ _format: 'long', artist: { name: 'Ann' } })
  })

  it.each([
    ['none', 'standard', 'standard'],
    ['in_main_search', 'standard', 'full'],
    ['not_in_main_search', 'full', 'standard'],
    ['not_in_main_search_unless_reverse', 'full', 'standard'],
    ['all', 'full', 'full'],
  ])('with %s goes by whether the type takes part in the ordinary search', async (mode, artist, related) => {
    const { read } = await circle()
    const [one] = await read(`artwork/artwork__main/1?merge_linked_objects=${mode}`)
    expect(formats(one as Json)).toEqual({ artist, related })
  })

  it('leaves out links to a record that owns the linking one when asked to', async () => {
    const { read } = await circle()
    const author = async (mode: string) => (await read(`letter/letter__main/1?merge_linked_objects=${mode}`))[0]?.letter.author._format
    expect([await author('not_in_main_search'), await author('not_in_main_search_unless_reverse')]).toEqual(['full', 'standard'])
  })

  it('goes as deep as asked, and then on in brief', async () => {
    const { read } = await circle()
    const depth = async (most: number) => {
      const [one] = await read(`artwork/artwork__main/1?format=long&merge_linked_objects=all&merge_max_depth=${most}`)
      return [one?.artwork.related._format, one?.artwork.related.artwork?.artist?._format]
    }
    expect([await depth(0), await depth(1), await depth(2)]).toEqual([
      ['standard', undefined],
      ['long', 'standard'],
      ['long', 'long'],
    ])
  })

  it('shows links of an old version as they were then, or now', async () => {
    const { read, save } = await circle()
    await save('artist', { _id: 1, _version: 2, name: 'Anna', _mask: 'artist__rename' })
    const name = async (query: string) => (await read(`artwork/artwork__main/1?merge_linked_objects=all&${query}`))[0]?.artwork.artist.artist
    expect(await name('version=1')).toMatchObject({ _version: 1, name: 'Ann', [LETTERS]: [] })
    expect(await name('version=1&latest_linked=1')).toMatchObject({ _version: 2, name: 'Anna', [LETTERS]: [{ _id: 1 }] })
    expect(await name('')).toMatchObject({ _version: 2, name: 'Anna' })
  })

  it('does nothing in formats without fields, and keeps the values of parents to the outer record', async () => {
    const { read } = await circle()
    expect(await read('artwork/artwork__main/1?format=standard&merge_linked_objects=all')).toEqual(
      await read('artwork/artwork__main/1?format=standard'),
    )
    const [one] = await read('artwork/artwork__main/1?format=full_inheritance&merge_linked_objects=all')
    expect([one?._format, one?.artwork.artist._format]).toEqual(['full_inheritance', 'full'])
  })

  it('leaves reverse rows out of embedded records as well', async () => {
    const { read } = await circle()
    const [one] = await read('artwork/artwork__main/1?merge_linked_objects=all&skip_reverse_nested=1')
    expect(one?.artwork.artist.artist).toMatchObject({ name: 'Ann' })
    expect(one?.artwork.artist.artist[LETTERS]).toBeUndefined()
  })

  it('is refused with 400 where records would stand in others too many times', async () => {
    const { api, save } = await readingArchive(server)
    // Each links to the one before it twice, so the first would be written 2^15 times.
    const links = (id: number) => (id === 0 ? {} : { related: to('artwork', id), '_nested:artwork__persons': [{ after: to('artwork', id) }] })
    for (let i = 0; i <= 15; i++) await save('artwork', { title: { 'en-US': String(i) }, ...links(i) })
    const read = (query: string) => api('GET', `/api/v1/db/artwork/artwork__main/16?format=long&merge_linked_objects=all${query}`)
    expect(await read('')).toMatchObject({ status: 400, body: { code: 'AnswerTooLarge' } })
    expect((await read('&merge_max_depth=5')).status).toBe(200)
  })
})
