import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { archiveOn, below, eventsOf, historyOf, link, one, rowOf, somebody, type Archive, type Saved } from '../../testing/archive.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())
const archive = () => archiveOn(server)

describe('what goes along', () => {
  it('takes children with their parent, at any depth, and says so in their history', async () => {
    const at = await archive()
    const top = await one(at, 'place', { name: 'a' })
    const middle = await one(at, 'place', { name: 'b', _id_parent: top.id })
    const low = await one(at, 'place', { name: 'c', _id_parent: middle.id })
    const answer = await at.remove('place', [[top.id, 1, 'gone']])
    expect([answer.status, answer.body]).toEqual([200, { policy: '', removed: [top.systemId, middle.systemId, low.systemId], setnull: [] }])
    expect(await historyOf(at, top)).toMatchObject([{ operation: 'INSERT' }, { operation: 'DELETE', version: 2, comment: 'gone' }])
    expect((await historyOf(at, low)).at(-1)).toEqual({ operation: 'DELETE', version: 2, comment: `<deleted with: ${top.systemId}>` })
    expect((await eventsOf(at, 'OBJECT_DELETE')).map(({ systemId, version }) => [systemId, version])).toEqual([
      [top.systemId, 2],
      [middle.systemId, 2],
      [low.systemId, 2],
    ])
  })

  it('takes what a record owns, and what that owns', async () => {
    const at = await archive()
    const work = await one(at, 'artwork', { title: 'x' })
    const photo = await one(at, 'photo', { of: link('artwork', work) })
    const print = await one(at, 'print', { of: link('photo', photo) })
    expect((await at.remove('artwork', [[work.id, 1, null]])).body.removed).toEqual([work.systemId, photo.systemId, print.systemId])
    expect(await at.read('print', print)).toBeUndefined()
  })

  it('leaves a record with another living parent, less the deleted one', async () => {
    const at = await archive()
    const [a, b] = [await one(at, 'theme', { name: 'a' }), await one(at, 'theme', { name: 'b' })]
    const [both, only, deep] = [await one(at, 'theme'), await one(at, 'theme'), await one(at, 'theme')]
    await below(at, both, [a, b])
    await below(at, only, [a])
    await below(at, deep, [a, only])
    const answer = await at.remove('theme', [[a.id, 1, null]])
    expect(answer.body).toEqual({ policy: '', removed: [a.systemId, only.systemId, deep.systemId], setnull: [both.systemId] })
    expect(await rowOf(at, both)).toMatchObject({ version: 2, deleted: false, parents: [String(b.systemId)] })
    expect((await historyOf(at, both)).at(-1)).toEqual({ operation: 'UPDATE', version: 2, comment: `<deleted link: ${a.systemId}>` })
    expect((await at.remove('theme', [[b.id, 1, null]])).body.removed).toEqual([b.systemId, both.systemId])
  })

  it('leaves a record that stands at the top level as well', async () => {
    const at = await archive()
    const [a, child] = [await one(at, 'theme'), await one(at, 'theme')]
    await below(at, child, [a])
    await at.tenant.write(
      (sql) => sql`update record set parents = array[0, ${a.systemId}]::bigint[] where instance_id = ${at.id} and system_id = ${child.systemId}`,
    )
    expect((await at.remove('theme', [[a.id, 1, null]])).body).toMatchObject({ removed: [a.systemId], setnull: [child.systemId] })
    expect(await rowOf(at, child)).toMatchObject({ parents: ['0'] })
  })

  it('ends in circles of several parents', async () => {
    const at = await archive()
    const [a, b, c] = [await one(at, 'theme'), await one(at, 'theme'), await one(at, 'theme')]
    await below(at, b, [a])
    await below(at, c, [b])
    await below(at, a, [c])
    expect((await at.remove('theme', [[b.id, 1, null]])).body.removed).toEqual([b.systemId, a.systemId, c.systemId])
  })
})

describe('records that others link to', () => {
  it('are deleted together when they only link to each other', async () => {
    const at = await archive()
    const a = await one(at, 'artist', { name: 'a' })
    const b = await one(at, 'artist', { name: 'b', friend: link('artist', a) })
    await at.save('artist', { _id: a.id, _version: 2, name: 'a', friend: link('artist', b) })
    expect((await at.remove('artist', [[a.id, 2, null]])).status).toBe(202)
    const answer = await at.remove('artist', [
      [b.id, 1, null],
      [a.id, 2, null],
    ])
    expect([answer.status, answer.body.removed]).toEqual([200, [b.systemId, a.systemId]])
  })

  it('may link to themselves', async () => {
    const at = await archive()
    const a = await one(at, 'artist')
    await at.save('artist', { _id: a.id, _version: 2, friend: link('artist', a) })
    expect((await at.remove('artist', [[a.id, 2, null]])).status).toBe(200)
  })

  it('raise a question with exactly three answers, which names counts', async () => {
    const at = await archive()
    const [artist, other] = [await one(at, 'artist'), await one(at, 'artist')]
    const first = await one(at, 'artwork', { artist: link('artist', artist) })
    await at.save('artwork', { artist: link('artist', artist), related: link('artwork', first) }, { related: link('artwork', first) })
    await at.save('theme', { keeper: link('artist', artist) })
    const answer = await at.remove('artist', [
      [other.id, 1, null],
      [artist.id, 1, null],
    ])
    expect(answer.status).toBe(202)
    const [task, ...more] = answer.body.tasks
    expect(more).toEqual([])
    expect(task.message).toContain('2 of artwork')
    expect(task.message).toContain('1 of theme')
    expect(task.form).toHaveLength(1)
    expect(task.form[0]).toMatchObject({ name: 'delete_policy', type: 'options' })
    expect(task.form[0].options.map(({ value, disabled }: { value: string; disabled: boolean }) => [value, disabled])).toEqual([
      ['remove', false],
      ['setnull', false],
      ['create_collection', false],
    ])
    expect(task.form[0].options[0].text).toContain('4 linking records')
    expect(task.form[0].options[1].text).toContain('3 linking records')
    expect(task.buttons).toContainEqual({ text: 'Delete', name: 'confirm', value: 'delete' })
    expect(await rowOf(at, artist)).toMatchObject({ deleted: false, version: 1 })
    expect((await at.remove('artist', [[artist.id, 1, null]], 'confirm=delete')).status).toBe(202)
  })
})

describe('delete_policy=remove', () => {
  it('deletes all that link, and what links to those, and what hangs on any of them', async () => {
    const at = await archive()
    const artist = await one(at, 'artist')
    const work = await one(at, 'artwork', {
      '_nested:artwork__hands': [{ role: 'x', '_nested:artwork__hands__notes': [{ by: link('artist', artist) }] }],
    })
    const loan = await one(at, 'loan', { work: link('artwork', work) })
    const photo = await one(at, 'photo', { of: link('artwork', work) })
    const friend = await one(at, 'artist', { friend: link('artist', artist) })
    await at.save('artist', { _id: artist.id, _version: 2, friend: link('artist', friend) })
    const answer = await at.remove('artist', [[artist.id, 2, null]], 'delete_policy=remove')
    expect(answer.body).toEqual({
      policy: 'remove',
      removed: [artist.systemId, work.systemId, loan.systemId, photo.systemId, friend.systemId],
      setnull: [],
    })
    expect(await eventsOf(at, 'OBJECT_DELETE')).toHaveLength(5)
  })

  it('follows a chain of a thousand links', async () => {
    const at = await archive()
    const blocks = Array.from({ length: 1000 }, (_, i) => ({
      number: `n${i}`,
      ...(i > 0 && { related: { _objecttype: 'artwork', _mask: '_all_fields', artwork: { 'lookup:_id': { number: `n${i - 1}` } } } }),
    }))
    const [first] = await at.save('artwork', ...blocks)
    const answer = await at.remove('artwork', [[first?.id ?? 0, 1, null]], 'delete_policy=remove')
    expect(answer.body.removed).toHaveLength(1000)
  })
})

describe('delete_policy=setnull', () => {
  it('clears links wherever they stand, and drops rows that have nothing left', async () => {
    const at = await archive()
    const [gone, kept] = [await one(at, 'artist', { name: 'x' }), await one(at, 'artist', { name: 'y' })]
    const to = (artist: { id: number }) => link('artist', artist)
    const work = await one(at, 'artwork', {
      ...{ title: 't', artist: to(gone) },
      '_nested:artwork__hands': [
        { person: to(gone) },
        { role: 'stays', person: to(gone) },
        { role: 'notes', '_nested:artwork__hands__notes': [{ by: to(gone) }, { text: 'a', by: to(gone) }, { by: to(kept) }] },
        { '_nested:artwork__hands__notes': [{ by: to(gone) }] },
      ],
    })
    const answer = await at.remove('artist', [[gone.id, 1, null]], 'delete_policy=setnull')
    expect(answer.body).toEqual({ policy: 'setnull', removed: [gone.systemId], setnull: [work.systemId] })
    const { artwork } = (await at.read('artwork', work)) ?? {}
    expect(artwork).toMatchObject({ _version: 2, title: 't' })
    expect(artwork.artist ?? null).toBeNull()
    const hands = artwork['_nested:artwork__hands']
    expect(hands.map((row: { role?: string }) => row.role)).toEqual(['stays', 'notes'])
    expect(hands[1]['_nested:artwork__hands__notes'].map((row: { text?: string }) => row.text ?? null)).toEqual(['a', null])
    expect(hands[1]['_nested:artwork__hands__notes'][1].by._system_object_id).toBe(kept.systemId)
    expect(await historyOf(at, work)).toMatchObject([{ operation: 'INSERT' }, { operation: 'UPDATE', comment: `<deleted link: ${gone.systemId}>` }])
    expect(await eventsOf(at, 'OBJECT_UPDATE')).toEqual([{ systemId: work.systemId, version: 2, objecttype: 'artwork' }])
    expect((await at.remove('artist', [[kept.id, 1, null]])).status).toBe(202)
    await at.save('artwork', { _id: work.id, _version: 3, title: 'u' })
    expect((await at.remove('artist', [[kept.id, 1, null]])).status).toBe(200)
  })

  it('leaves values unique and links known', async () => {
    const at = await archive()
    const gone = await one(at, 'artist')
    const related = await one(at, 'artwork', { number: 'r' })
    await at.save('artwork', {
      number: 'one',
      artist: link('artist', gone),
      related: link('artwork', related),
      '_nested:artwork__marks': [{ code: 'm' }],
    })
    await at.remove('artist', [[gone.id, 1, null]], 'delete_policy=setnull')
    expect((await at.post('artwork', [{ number: 'one' }])).body.code).toBe('DatabaseUniqueKeyViolation')
    expect((await at.post('artwork', [{ '_nested:artwork__marks': [{ code: 'm' }] }])).body.code).toBe('DatabaseUniqueKeyViolation')
    expect((await at.remove('artwork', [[related.id, 1, null]])).status).toBe(202)
  })

  it('is not offered, and refused, where a field must not be empty', async () => {
    const at = await archive()
    const work = await one(at, 'artwork')
    const loan = await one(at, 'loan', { work: link('artwork', work) })
    const question = await at.remove('artwork', [[work.id, 1, null]])
    expect(question.body.tasks[0].form[0].options[1]).toMatchObject({ value: 'setnull', disabled: true })
    expect(question.body.tasks[0].form[0].options[1].text).toContain('loan.work')
    const refused = await at.remove('artwork', [[work.id, 1, null]], 'delete_policy=setnull')
    expect([refused.status, refused.body.code]).toEqual([400, 'SchemaInconsistent'])
    expect(await rowOf(at, work)).toMatchObject({ deleted: false })
    expect(await rowOf(at, loan)).toMatchObject({ version: 1 })
  })

  it('clears both sides of a pair of which one goes', async () => {
    const at = await archive()
    const [a, b] = [await one(at, 'artist', { name: 'a' }), await one(at, 'artist', { name: 'b' })]
    const befriend = (artist: Saved, friend: Saved) => ({ _id: artist.id, _version: 2, name: 'x', friend: link('artist', friend) })
    await at.save('artist', befriend(a, b), befriend(b, a))
    expect((await at.remove('artist', [[a.id, 2, null]], 'delete_policy=setnull')).body).toMatchObject({
      removed: [a.systemId],
      setnull: [b.systemId],
    })
    expect(Object.values((await rowOf(at, b))?.content ?? {})).toEqual(['x'])
  })

  it('settles a thousand linking records in one go', async () => {
    const at = await archive()
    const artist = await one(at, 'artist')
    const works = await at.save('artwork', ...Array.from({ length: 1000 }, (_, i) => ({ number: `n${i}`, artist: link('artist', artist) })))
    const answer = await at.remove('artist', [[artist.id, 1, null]], 'delete_policy=setnull')
    expect(answer.body.setnull).toEqual(works.map(({ systemId }) => systemId))
  })
})

describe('delete_policy=create_collection', () => {
  const gather = (at: Archive, artist: Saved, token?: string) => at.remove('artist', [[artist.id, 1, null]], 'delete_policy=create_collection', token)
  const held = async (at: Archive, id: number, token?: string) => {
    const { body } = await at.api('GET', `/api/v1/collection/objects/${id}`, undefined, token === undefined ? {} : { token })
    return (body.objects as { _global_object_id: string }[]).map((object) => Number(object._global_object_id.split('@')[0]))
  }

  it('deletes nothing, and gathers what would go and what links to it', async () => {
    const at = await archive()
    const artist = await one(at, 'artist')
    const work = await one(at, 'artwork', { artist: link('artist', artist) })
    await one(at, 'loan', { work: link('artwork', work) })
    const answer = await gather(at, artist)
    expect([answer.status, answer.body]).toEqual([
      200,
      { policy: 'create_collection', removed: [], setnull: [], create_collection: expect.any(Number) },
    ])
    expect(await held(at, answer.body.create_collection)).toEqual([artist.systemId, work.systemId])
    expect([await rowOf(at, artist), await rowOf(at, work)]).toMatchObject([{ version: 1 }, { version: 1 }])
    expect(await eventsOf(at, 'OBJECT_DELETE')).toEqual([])
    expect((await gather(at, artist)).body.create_collection).not.toBe(answer.body.create_collection)
  })

  it('takes what goes along, and nothing that the caller cannot read', async () => {
    const at = await archive()
    const artist = await one(at, 'artist')
    await one(at, 'artwork', { artist: link('artist', artist) })
    const theme = await one(at, 'theme', { keeper: link('artist', artist) })
    const keeper = await somebody(at, { artist: { delete: {} }, theme: { read: {} } })
    const { body } = await gather(at, artist, keeper.token)
    expect(await held(at, body.create_collection, keeper.token)).toEqual([artist.systemId, theme.systemId])
    const stranger = await somebody(at, { artist: { read: {} } })
    expect((await gather(at, artist, stranger.token)).body.code).toBe('ObjectInsufficientRights')
  })

  it('makes no collection when it is only tried out', async () => {
    const at = await archive()
    const artist = await one(at, 'artist')
    const answer = await at.remove('artist', [[artist.id, 1, null]], 'delete_policy=create_collection&dry_run=1')
    expect(answer.body).toEqual({ policy: 'create_collection', removed: [], setnull: [] })
    expect(await eventsOf(at, 'COLLECTION_INSERT')).toEqual([])
  })
})

describe('dry_run', () => {
  it('answers what would be, and stores nothing', async () => {
    const at = await archive()
    const artist = await one(at, 'artist')
    const work = await one(at, 'artwork', { artist: link('artist', artist) })
    const asked = await at.remove('artist', [[artist.id, 1, null]], 'dry_run=1')
    expect(asked.status).toBe(202)
    for (const policy of ['setnull', 'remove']) {
      const dry = await at.remove('artist', [[artist.id, 1, null]], `delete_policy=${policy}&dry_run=true`)
      expect(await rowOf(at, artist)).toMatchObject({ deleted: false, version: 1 })
      expect(await rowOf(at, work)).toMatchObject({ deleted: false, version: 1 })
      expect(await eventsOf(at, 'OBJECT_DELETE')).toEqual([])
      if (policy === 'setnull') expect(dry.body).toEqual({ policy, removed: [artist.systemId], setnull: [work.systemId] })
      else expect(dry.body).toEqual({ policy, removed: [artist.systemId, work.systemId], setnull: [] })
    }
    expect((await at.remove('artist', [[artist.id, 2, null]], 'dry_run=1')).body.code).toBe('VersionMismatch')
    const real = await at.remove('artist', [[artist.id, 1, null]], 'delete_policy=remove')
    expect(real.body.removed).toEqual([artist.systemId, work.systemId])
    const back = await at.remove('artist', [[artist.id, 2, null]], 'delete_policy=undelete&dry_run=1')
    expect(back.body.undeleted).toEqual([artist.systemId])
    await at.remove('artist', [[artist.id, 2, null]], 'delete_policy=purge&dry_run=1')
    expect(await rowOf(at, artist)).toMatchObject({ deleted: true, version: 2 })
  })
})
