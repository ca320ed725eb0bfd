/** Several records changed in the same way, and records whose version the server counts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gallery, record, to, type Gallery, sorted } from '../../testing/gallery.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const NOTES = '_nested:work__notes'
const PATH = '/api/v1/db/work?format=long'

async function works(at: Gallery, blocks: object[]) {
  const made = await at.api(
    'POST',
    '/api/v1/db/work',
    blocks.map((block) => record('work', block)),
  )
  return made.body.map(({ work }: { work: { _id: number } }) => work._id) as number[]
}
const edit = async (at: Gallery, block: object, envelope: object = {}) => {
  const answer = await at.api('POST', PATH, [record('work', block, envelope)])
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.body.map(({ work }: { work: object }) => work) as Record<string, unknown>[]
}
const texts = (row: Record<string, unknown>) => ((row[NOTES] ?? []) as { text: string }[]).map(({ text }) => text)

describe('a change of several records', () => {
  it('changes what was sent, keeps the rest, and counts the versions by itself', async () => {
    const at = await gallery(server)
    const ids = await works(at, [
      { reference: 'a', title: { 'en-US': 'A' } },
      { reference: 'b', title: { 'de-DE': 'B' } },
    ])
    const changed = await edit(at, { _id: ids, title: { 'en-US': 'New' } })
    expect(changed).toMatchObject([
      { _version: 2, reference: 'a', title: { 'en-US': 'New' } },
      { _version: 2, reference: 'b', title: { 'de-DE': 'B', 'en-US': 'New' } },
    ])
  })

  it('makes no new version of a record that it does not change', async () => {
    const at = await gallery(server)
    const ids = await works(at, [{ title: { 'en-US': 'same' } }, { title: { 'en-US': 'other' } }])
    expect((await edit(at, { _id: ids, title: { 'en-US': 'same' } })).map(({ _version }) => _version)).toEqual([1, 2])
  })

  it('finds records by a lookup', async () => {
    const at = await gallery(server)
    await works(at, [{ reference: 'a' }, { reference: 'b' }])
    const changed = await edit(at, { 'lookup:_id': [{ reference: 'a' }, { reference: 'b' }], title: { 'en-US': 'both' } })
    expect(changed.map(({ title }) => title)).toEqual([{ 'en-US': 'both' }, { 'en-US': 'both' }])
  })

  it.each([
    ['append', [{ text: 'z' }], ['x', 'y', 'z']],
    ['prepend', [{ text: 'z' }], ['z', 'x', 'y']],
    ['replace', [{ text: 'z' }], ['z']],
    ['remove', [{ text: 'x' }], ['y']],
  ])('with %s does that to nested rows', async (mode, rows, expected) => {
    const at = await gallery(server)
    const ids = await works(at, [{ [NOTES]: [{ text: 'x' }, { text: 'y' }] }])
    const [changed] = await edit(at, { _id: ids, [NOTES]: rows, [`${NOTES}:group_mode`]: mode })
    expect(texts(changed ?? {})).toEqual(expected)
  })

  it('with match_merge changes the rows that match in what is named', async () => {
    const at = await gallery(server)
    const { person } = await at.saved('person', { name: 'Ada' })
    const ids = await works(at, [{ [NOTES]: [{ text: 'x' }, { text: 'y', source: to('person', person._id) }] }])
    const merge = { [`${NOTES}:match`]: { source: to('person', person._id) }, [`${NOTES}:merge`]: { text: 'found' } }
    const [changed] = await edit(at, { _id: ids, [`${NOTES}:group_mode`]: 'match_merge', ...merge })
    expect(texts(changed ?? {})).toEqual(['x', 'found'])
  })

  it('appends to texts and replaces parts of them', async () => {
    const at = await gallery(server)
    const ids = await works(at, [{ reference: 'ab', title: { 'en-US': 'old old' } }])
    const [appended] = await edit(at, { _id: ids, 'reference:append': 'c', 'title:append': { 'en-US': '!', 'de-DE': 'neu' } })
    expect(appended).toMatchObject({ reference: 'abc', title: { 'en-US': 'old old!', 'de-DE': 'neu' } })
    const [replaced] = await edit(at, { _id: ids, 'title:search': 'old', 'title:replace': 'new' })
    expect(replaced).toMatchObject({ title: { 'en-US': 'new new!', 'de-DE': 'neu' } })
  })

  it('adds, replaces and removes tags; a tag of a choice group displaces the one before', async () => {
    const at = await gallery(server)
    const groups = [
      { taggroup: { type: 'choice' }, _tags: [{ reference: 'new' }, { reference: 'done' }] },
      { taggroup: { type: 'checkbox' }, _tags: [{ reference: 'star' }] },
    ]
    const tags = (await at.api('POST', '/api/v1/tags', groups)).body.flatMap((g: { _tags: { _id: number }[] }) =>
      g._tags.map(({ _id }) => _id),
    ) as number[]
    const [fresh, done, star] = tags as [number, number, number]
    const { work } = await at.saved('work', {}, { _tags: [{ _id: fresh }] })
    const tagged = async (mode: string, ids: number[]) => {
      const answer = await at.api('POST', PATH, [
        record('work', { _id: [work._id] }, { '_tags:group_mode': mode, ...(ids.length > 0 && { _tags: ids.map((_id) => ({ _id })) }) }),
      ])
      return sorted((answer.body[0]._tags as { _id: number }[]).map(({ _id }) => _id))
    }
    expect(await tagged('tag_add', [done, star])).toEqual([done, star])
    expect(await tagged('tag_remove', [done])).toEqual([star])
    expect(await tagged('tag_replace', [fresh])).toEqual([fresh])
    expect(await tagged('tag_remove_all', [])).toEqual([])
  })

  it('adds, replaces and removes entries of access lists', async () => {
    const at = await gallery(server)
    const [ann, bob] = await Promise.all([at.person('ann'), at.person('bob')])
    const grant = (id: number, ...rights: string[]) => ({
      who: { user: { _id: id } },
      rights: Object.fromEntries(rights.map((right) => [right, {}])),
    })
    const { work } = await at.saved('work', {}, { _acl: [grant(ann.id, 'read', 'write')] })
    const listed = async (mode: string, entries?: object[]) => {
      const answer = await at.api('POST', PATH, [record('work', { _id: [work._id] }, { '_acl:group_mode': mode, ...(entries && { _acl: entries }) })])
      if (answer.status !== 200) throw new Error(answer.text)
      const acl = (await at.read('work', work._id))._acl as { who: { user: { _id: number } }; rights: object }[] | undefined
      return (acl ?? []).map(({ who, rights }) => [who.user._id, Object.keys(rights)])
    }
    expect(await listed('acl_add', [grant(bob.id, 'read')])).toEqual([
      [ann.id, ['read', 'write']],
      [bob.id, ['read']],
    ])
    expect(await listed('acl_remove', [{ who: { user: { _id: ann.id } }, rights: { write: {} } }])).toEqual([
      [ann.id, ['read']],
      [bob.id, ['read']],
    ])
    expect(await listed('acl_remove', [{ who: { user: { _id: bob.id } } }])).toEqual([[ann.id, ['read']]])
    expect(await listed('acl_remove_all')).toEqual([])
  })

  it('400: knows no modifiers in an ordinary change, no records inside others, and no ids of one record', async () => {
    const at = await gallery(server)
    const [id] = await works(at, [{ reference: 'a' }])
    const refused = async (block: object, envelope: object = {}) =>
      (await at.api('POST', PATH, [record('work', block, envelope)])).body.code as string
    expect(await refused({ _id: id, _version: 2, 'title:append': { 'en-US': 'x' } })).toBe('SchemaInconsistent')
    expect(await refused({ _id: [id], '_reverse_nested:item:work': [] })).toBe('SchemaInconsistent')
    expect(await refused({ _id: [id] }, { _uuid: '0c1e6a52-3b1c-4c44-9f4e-0d1e2f3a4b5c' })).toBe('SchemaInconsistent')
    expect(await refused({ _id: [id], [`${NOTES}:group_mode`]: 'shuffle', [NOTES]: [] })).toBe('RecordUnmarshalJson')
    expect(await refused({ _id: [id, id], title: { 'en-US': 'twice' } })).toBe('SchemaInconsistent')
  })
})

describe('a version that the server counts', () => {
  it('merges what was sent into the record that is found, however often it has been saved', async () => {
    const at = await gallery(server)
    const { work } = await at.saved('work', { reference: 'a', title: { 'en-US': 'A' } })
    await at.saved('work', { _id: work._id, _version: 2, reference: 'a', title: { 'en-US': 'B' } })
    const merged = await at.saved('work', { 'lookup:_id': { reference: 'a' }, '_version:auto_increment': true, title: { 'de-DE': 'C' } })
    expect(merged.work).toMatchObject({ _id: work._id, _version: 3, reference: 'a', title: { 'en-US': 'B', 'de-DE': 'C' } })
  })

  it('loses nothing when many do it at once', async () => {
    const at = await gallery(server)
    await at.saved('work', { reference: 'a' })
    const languages = ['de-DE', 'fr-FR', 'it-IT', 'nl-NL', 'pl-PL', 'sv-SE']
    const answers = await Promise.all(
      languages.map((language) =>
        at.api('POST', '/api/v1/db/work', [
          record('work', { 'lookup:_id': { reference: 'a' }, '_version:auto_increment': true, title: { [language]: language } }),
        ]),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(languages.map(() => 200))
    const stored = (await at.api('GET', '/api/v1/db/work/work__main/list?format=long')).body[0].work
    expect([stored._version, Object.keys(stored.title).toSorted()]).toEqual([languages.length + 1, languages])
  })

  it('400: needs a record that is there', async () => {
    const at = await gallery(server)
    const answer = await at.api('POST', '/api/v1/db/work', [record('work', { 'lookup:_id': { reference: 'no' }, '_version:auto_increment': true })])
    expect(answer.body.code).toBe('LookupNotFound')
  })
})
