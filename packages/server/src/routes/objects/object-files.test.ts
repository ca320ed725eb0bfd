/** Files in the fields of records: what may be sent, and how it comes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk, record, to } from '../../testing/gallery.ts'
import { filedRecords, type Json } from '../../testing/filed-records.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const list = (value: unknown) => encodeURIComponent(JSON.stringify(value))

describe('a field of files', () => {
  it('comes back as it was sent, with a description of each file', async () => {
    const at = await filedRecords(server)
    const [one = 0, two = 0, three = 0] = await at.upload(['one.txt', 'two.txt', 'three.txt'], undefined, `references=${list([null, null, 'no:3'])}`)
    const files = [{ _id: one }, { _id: two, preferred: true, name: 'Second', frontend_prefs: { zoom: 2 } }, { 'lookup:_id': { reference: 'no:3' } }]
    const saved = await at.saved('work', { title: 'w', files })
    expect(saved.work.files).toMatchObject([
      { _id: one, preferred: false, original_filename: 'one.txt', is_original: true, filesize: 18, upload_user: { _basetype: 'user' } },
      { _id: two, preferred: true, name: 'Second', frontend_prefs: { zoom: 2 } },
      { _id: three, preferred: false, reference: 'no:3' },
    ])
    const { original } = saved.work.files[0].versions
    expect(original).toMatchObject({ _download_allowed: true, url: expect.stringMatching(/^http:.*x-fylr-signature=/) as string })
    expect(await at.read('work', saved.work._id)).toEqual(saved)
    expect(saved.work.files[0]).not.toHaveProperty('metadata')
  })

  it('can be sent back as it was read, and by bare ids', async () => {
    const at = await filedRecords(server)
    const ids = await at.upload(['a.txt', 'b.txt'])
    const { work } = await at.saved('work', { files: ids })
    expect(at.ids(work.files)).toEqual(ids)
    const again = await at.saved('work', { _id: work._id, _version: 2, files: work.files })
    expect(again.work.files).toEqual(work.files)
  })

  it('stands in rows at any depth, in records of reverse tables and in the targets of links', async () => {
    const at = await filedRecords(server)
    const [view = 0, detail = 0, scan = 0, portrait = 0] = await at.upload(['view.txt', 'detail.txt', 'scan.txt', 'portrait.txt'])
    const { artist } = await at.saved('artist', { name: 'A', portrait: [portrait] })
    const views = [{ caption: 'c', view: [view], '_nested:work__views__details': [{ detail: [{ _id: detail, name: 'inner' }] }] }]
    const block = { artist: to('artist', artist._id), '_nested:work__views': views, '_reverse_nested:item:work': [{ label: 'l', scan: [scan] }] }
    const { work } = await at.saved('work', block)
    expect(work['_nested:work__views'][0].view).toMatchObject([{ _id: view, original_filename: 'view.txt' }])
    expect(work['_nested:work__views'][0]['_nested:work__views__details'][0].detail).toMatchObject([{ _id: detail, name: 'inner' }])
    expect(work['_reverse_nested:item:work'][0].scan).toMatchObject([{ _id: scan }])
    expect(work.artist._standard.eas).toMatchObject({ 1: [{ _id: portrait, versions: { original: { _download_allowed: true } } }] })
    const merged = await at.read('work', work._id, 'format=long&merge_linked_objects=all')
    expect(merged.work.artist.artist.portrait).toMatchObject([{ _id: portrait }])
  })

  it('is told by every format as far as that goes', async () => {
    const at = await filedRecords(server)
    const [one = 0, two = 0] = await at.upload(['one.txt', 'two.txt'])
    const { work } = await at.saved('work', { title: 't', files: [{ _id: one }, { _id: two, preferred: true }] })
    const read = (format: string) => at.read('work', work._id, `format=${format}`)
    expect((await read('short')).work).not.toHaveProperty('files')
    expect((await read('standard'))._standard.eas).toMatchObject({ 1: [{ _id: two, preferred: true, original_filename: 'two.txt' }] })
    const extended = await read('standard_extended')
    expect(extended._values).toContainEqual(expect.objectContaining({ api_name: 'files', type: 'file', file: expect.any(Array) as unknown }))
    expect(extended._values.find(({ api_name: name }: Json) => name === 'files').file).toMatchObject([{ _id: one }, { _id: two }])
    const full = await read('full')
    expect(full.work).toMatchObject({ files: [{ _id: one }, { _id: two }], poster: null })
    const listed = expectOk(await at.api('GET', '/api/v1/db/work/work__main/list?format=long')).body
    expect(listed[0].work.files).toEqual(full.work.files)
  })

  it('has addresses for as long as the request says', async () => {
    const at = await filedRecords(server)
    const { work, _uuid: uuid } = await at.saved('work', { files: await at.upload(['one.txt']) })
    const unsigned = await at.read('work', work._id, 'format=long&file_url_expire=0')
    const { url } = unsigned.work.files[0].versions.original
    expect(url).toMatch(new RegExp(`\\?obj_uuid=${uuid}$`))
    expect((await at.api('GET', new URL(url).pathname + new URL(url).search)).text).toBe('content of one.txt')
    const signed = new URL(work.files[0].versions.original.url)
    expect((await at.api('GET', signed.pathname + signed.search, undefined, { token: null })).text).toBe('content of one.txt')
  })

  it('hands files down in a hierarchy', async () => {
    const at = await filedRecords(server)
    const [file = 0] = await at.upload(['map.txt'])
    const masks = expectOk(await at.api('GET', '/api/v1/mask/CURRENT')).body
    const inheriting = masks.masks.map((mask: Json) => ({
      ...mask,
      fields: mask.fields.map((field: Json) => (field.column_name_hint === 'picture' ? { ...field, inheritance: { inherit: true } } : field)),
    }))
    expectOk(await at.api('POST', '/api/v1/mask/HEAD', { masks: inheriting }))
    expectOk(await at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip'))
    const { place } = await at.saved('place', { name: 'country', picture: [file] })
    const town = await at.saved('place', { name: 'town', _id_parent: place._id })
    expect((await at.read('place', town.place._id, 'format=long_inheritance')).place.picture).toMatchObject([{ _id: file }])
    expect((await at.read('place', town.place._id)).place).not.toHaveProperty('picture')
  })

  it('is emptied by an empty list, by null, and by leaving it out', async () => {
    const at = await filedRecords(server)
    const files = await at.upload(['one.txt'])
    for (const sent of [{ files: [] }, { files: null }, {}]) {
      const { work, _system_object_id: systemId } = await at.saved('work', { title: 't', files })
      const after = await at.saved('work', { _id: work._id, _version: 2, title: 't', ...sent })
      expect(after.work).not.toHaveProperty('files')
      expect(await at.links(systemId)).toEqual([[10, files[0], false]])
    }
  })

  it('is foretold by a dry run', async () => {
    const at = await filedRecords(server)
    const [file = 0] = await at.upload(['one.txt'])
    const [tried] = expectOk(
      await at.api('POST', '/api/v1/db/work?dry_run=1&format=long', [record('work', { files: [{ _id: file, name: 'n' }] })]),
    ).body
    expect(tried.work.files).toMatchObject([{ _id: file, name: 'n', versions: { original: { _download_allowed: true } } }])
    const refused = await at.api('POST', '/api/v1/db/work?dry_run=1', [record('work', { files: [999_998, 999_999], poster: [file, file] })])
    expect(refused.body.problems.map(({ pointer }: Json) => pointer)).toEqual(['/0/work/files/0', '/0/work/files/1', '/0/work/poster/1'])
  })

  it('may have one preferred file: the first that says so', async () => {
    const at = await filedRecords(server)
    const [one, two] = await at.upload(['one.txt', 'two.txt'])
    const { work } = await at.saved('work', {
      files: [
        { _id: one, preferred: true },
        { _id: two, preferred: true },
      ],
    })
    expect(work.files.map(({ preferred }: Json) => preferred)).toEqual([true, false])
  })
})

describe('changes that are merged', () => {
  it('replace the files of several records, and leave those alone that are not named', async () => {
    const at = await filedRecords(server)
    const [one, two] = await at.upload(['one.txt', 'two.txt'])
    const made = [await at.saved('work', { files: [one], poster: [two] }), await at.saved('work', { poster: [one] })]
    const _id = made.map(({ work }) => work._id as number)
    expectOk(await at.api('POST', '/api/v1/db/work', [record('work', { _id, files: [two] })]))
    const after = await Promise.all(_id.map((id) => at.read('work', id)))
    expect(after.map(({ work }) => [at.ids(work.files), at.ids(work.poster)])).toEqual([
      [[two], [two]],
      [[two], [one]],
    ])
  })

  it('find rows by their files, whether named by id or reference', async () => {
    const at = await filedRecords(server)
    const [one, two] = await at.upload(['one.txt', 'two.txt'], undefined, `references=${list(['ref:1'])}`)
    const rows = [
      { caption: 'x', view: [{ _id: one }] },
      { caption: 'y', view: [{ _id: two }] },
    ]
    const { work } = await at.saved('work', { '_nested:work__views': rows })
    const edit = (more: object) => at.api('POST', '/api/v1/db/work', [record('work', { _id: [work._id], ...more })])
    const key = '_nested:work__views'
    const match = { view: [{ 'lookup:_id': { reference: 'ref:1' } }] }
    expectOk(await edit({ [`${key}:group_mode`]: 'match_merge', [`${key}:match`]: match, [`${key}:merge`]: { caption: 'found' } }))
    expect((await at.read('work', work._id)).work[key].map(({ caption }: Json) => caption)).toEqual(['found', 'y'])
    expectOk(await edit({ [`${key}:group_mode`]: 'remove', [key]: [{ view: [one] }] }))
    expectOk(await edit({ [`${key}:group_mode`]: 'append', [key]: [{ caption: 'z', view: [one] }] }))
    expect((await at.read('work', work._id)).work[key].map(({ caption, view }: Json) => [caption, ...at.ids(view)])).toEqual([
      ['y', two],
      ['z', one],
    ])
  })

  it('make no version where the list is the same', async () => {
    const at = await filedRecords(server)
    const { work } = await at.saved('work', { files: (await at.upload(['one.txt'])).map((_id) => ({ _id, frontend_prefs: { b: 1, a: 2 } })) })
    const sent = [{ _id: at.ids(work.files)[0], frontend_prefs: { a: 2, b: 1 } }]
    const again = await at.saved('work', { _id: work._id, '_version:auto_increment': true, files: sent })
    expect(again.work._version).toBe(1)
  })
})

describe('a field of files that is refused', () => {
  it('names what is wrong with it', async () => {
    const at = await filedRecords(server)
    const [file] = await at.upload(['one.txt'])
    const [parent] = await at.upload(['p.txt'], undefined, `produce_versions=${list([false])}`)
    const [rendition] = await at.upload(['v.txt'], undefined, `id_parents=${list([parent])}&version_names=${list(['print'])}`)
    const many = Array.from({ length: 1001 }, (_, i) => i + 1)
    const refused: [unknown, string, RegExp][] = [
      ['one.txt', 'RecordUnmarshalJson', /list of files/],
      [[{}], 'RecordUnmarshalJson', /_id/],
      [[{ _id: 0 }], 'RecordUnmarshalJson', /positive/],
      [[{ _id: file, prefered: true }], 'RecordUnmarshalJson', /prefered/],
      [[{ _id: file, preferred: 'yes' }], 'RecordUnmarshalJson', /true or false/],
      [[{ _id: file, name: 5 }], 'RecordUnmarshalJson', /text/],
      [[{ _id: file, frontend_prefs: [] }], 'RecordUnmarshalJson', /object/],
      [[{ 'lookup:_id': { reference: '' } }], 'RecordUnmarshalJson', /reference/],
      [[{ _id: file, name: 'x'.repeat(1001) }], 'SchemaInconsistent', /1000 characters/],
      [[{ _id: file, frontend_prefs: { a: 'x'.repeat(10_000) } }], 'SchemaInconsistent', /10000 bytes/],
      [many, 'SchemaInconsistent', /at most 1000 files/],
      [[file, { _id: file }], 'SchemaInconsistent', /twice/],
      [[999_999], 'SchemaInconsistent', /no file 999999/],
      [[{ 'lookup:_id': { reference: 'nowhere' } }], 'SchemaInconsistent', /no file .*nowhere/],
      [[rendition], 'SchemaInconsistent', /no original/],
    ]
    for (const [files, code, text] of refused) {
      const answer = await at.api('POST', '/api/v1/db/work', [record('work', { files })])
      expect([answer.status, answer.body.code, JSON.stringify(answer.body.parameters)]).toEqual([400, code, expect.stringMatching(text)])
    }
  })

  it('is one that must not be empty', async () => {
    const at = await filedRecords(server)
    const [file] = await at.upload(['one.txt'])
    const save = (proof: unknown) => at.api('POST', '/api/v1/db/receipt', [record('receipt', { proof })])
    expect((await save([])).body.parameters.msg).toMatch(/value is required/)
    expect((await save([file])).status).toBe(200)
  })
})
