import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { archiveOn, below, eventsOf, link, one, rowOf, type Archive, type Saved } from '../../testing/archive.ts'
import { testServer, type Answer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())
const archive = () => archiveOn(server)
const ROUNDS = 8
const codes = (answers: readonly Answer[]) => answers.map(({ status, body }) => (status < 300 ? String(status) : (body as { code: string }).code))
const del = (at: Archive, type: string, { id }: Saved, version: number, policy?: string) =>
  at.remove(type, [[id, version, null]], policy ? `delete_policy=${policy}` : '')

describe('at the same time', () => {
  it('a save that links to a record and its deletion: one of them gives way, and no link dangles', async () => {
    const at = await archive()
    for (let i = 0; i < ROUNDS; i++) {
      const artist = await one(at, 'artist')
      const [saved, deleted] = await Promise.all([at.post('artwork', [{ artist: link('artist', artist) }]), del(at, 'artist', artist, 1)])
      expect([
        ['200', '202'],
        ['LookupNotFound', '200'],
      ]).toContainEqual(codes([saved, deleted]))
      expect((await rowOf(at, artist))?.deleted).toBe(deleted.status === 200)
    }
  })

  it('a save that links to a record and its deletion with setnull: the link is refused or cleared', async () => {
    const at = await archive()
    for (let i = 0; i < ROUNDS; i++) {
      const artist = await one(at, 'artist')
      const works = await at.save('artwork', ...Array.from({ length: 5 }, () => ({ artist: link('artist', artist) })))
      const [saved, deleted] = await Promise.all([at.post('artwork', [{ artist: link('artist', artist) }]), del(at, 'artist', artist, 1, 'setnull')])
      expect(deleted.status).toBe(200)
      expect(deleted.body.setnull).toHaveLength(saved.status === 200 ? works.length + 1 : works.length)
      const left = await at.tenant.read((sql) => sql`select 1 from record_link where instance_id = ${at.id} and to_id = ${artist.systemId}`)
      expect(left).toHaveLength(0)
    }
  })

  it('two deletions of a record: one of them does it', async () => {
    const at = await archive()
    for (let i = 0; i < ROUNDS; i++) {
      const top = await one(at, 'place', { name: `${i}` })
      await at.save('place', { name: 'a', _id_parent: top.id }, { name: 'b', _id_parent: top.id })
      const answers = await Promise.all([del(at, 'place', top, 1), del(at, 'place', top, 1)])
      expect(codes(answers).toSorted()).toEqual(['200', 'LookupNotFound'])
    }
    expect(await eventsOf(at, 'OBJECT_DELETE')).toHaveLength(ROUNDS * 3)
  })

  it('deletions that reach each other from both ends: both come to an end, and each record goes once', async () => {
    const at = await archive()
    for (let i = 0; i < ROUNDS; i++) {
      const a = await one(at, 'artist')
      const b = await one(at, 'artist', { friend: link('artist', a) })
      await at.save('artist', { _id: a.id, _version: 2, friend: link('artist', b) })
      const answers = await Promise.all([del(at, 'artist', a, 2, 'remove'), del(at, 'artist', b, 1, 'remove')])
      expect(codes(answers).toSorted()).toEqual(['200', 'LookupNotFound'])
      expect([await rowOf(at, a), await rowOf(at, b)]).toMatchObject([
        { deleted: true, version: 3 },
        { deleted: true, version: 2 },
      ])
    }
  })

  it('the deletions of both parents: a child that neither would take alone goes with the second', async () => {
    const at = await archive()
    for (let i = 0; i < ROUNDS; i++) {
      const [a, b, child] = [await one(at, 'theme'), await one(at, 'theme'), await one(at, 'theme')]
      const low = await one(at, 'theme')
      await below(at, child, [a, b])
      await below(at, low, [child])
      const answers = await Promise.all([del(at, 'theme', a, 1), del(at, 'theme', b, 1)])
      expect(codes(answers)).toEqual(['200', '200'])
      expect(answers.flatMap(({ body }) => body.removed as number[]).toSorted((x, y) => x - y)).toEqual(
        [a, b, child, low].map(({ systemId }) => systemId),
      )
    }
  })

  it('a child that comes below a parent and the deletion of that parent: it goes along or is refused', async () => {
    const at = await archive()
    for (let i = 0; i < ROUNDS; i++) {
      const top = await one(at, 'place', { name: `${i}` })
      const [saved, deleted] = await Promise.all([at.post('place', [{ name: 'x', _id_parent: top.id }]), del(at, 'place', top, 1)])
      expect(deleted.status).toBe(200)
      if (saved.status === 200) expect(deleted.body.removed).toEqual([top.systemId, saved.body[0]._system_object_id])
      else expect(saved.body.code).toBe('LookupNotFound')
    }
  })

  it('an edit of a linking record and setnull: the edit is refused as outdated or kept, and never lost', async () => {
    const at = await archive()
    for (let i = 0; i < ROUNDS; i++) {
      const artist = await one(at, 'artist')
      const work = await one(at, 'artwork', { title: 'old', artist: link('artist', artist) })
      const [edited, deleted] = await Promise.all([
        at.post('artwork', [{ _id: work.id, _version: 2, title: 'new', artist: link('artist', artist) }]),
        del(at, 'artist', artist, 1, 'setnull'),
      ])
      expect(deleted.status).toBe(200)
      const kept = edited.status === 200
      if (!kept) expect(['VersionMismatch', 'LookupNotFound']).toContain(edited.body.code)
      expect((await at.read('artwork', work))?.artwork).toMatchObject({ title: kept ? 'new' : 'old', _version: kept ? 3 : 2 })
      expect((await at.read('artwork', work))?.artwork.artist ?? null).toBeNull()
    }
  })

  it('a record that comes back and one that is made with its unique value: the value has one holder, the other is marked or refused', async () => {
    const at = await archive()
    for (let i = 0; i < ROUNDS; i++) {
      const block = { number: `n${i}` }
      const old = await one(at, 'artwork', block)
      await del(at, 'artwork', old, 1)
      const [made, back] = await Promise.all([at.post('artwork', [block]), del(at, 'artwork', old, 2, 'undelete')])
      expect(back.status).toBe(200)
      expect((await rowOf(at, old))?.systemTags).toEqual(made.status === 200 ? ['UNIQUE_KEY_VIOLATION'] : [])
      if (made.status !== 200) expect(made.body.code).toBe('DatabaseUniqueKeyViolation')
      const holders = await at.tenant.read((sql) => sql`select 1 from record_unique where instance_id = ${at.id}`)
      expect(holders).toHaveLength(i + 1)
    }
  })

  it('a record that comes back and the deletion of what it links to: the deletion asks, or the link leads into the trash', async () => {
    const at = await archive()
    for (let i = 0; i < ROUNDS; i++) {
      const artist = await one(at, 'artist')
      const work = await one(at, 'artwork', { artist: link('artist', artist) })
      await del(at, 'artwork', work, 1)
      const [back, deleted] = await Promise.all([del(at, 'artwork', work, 2, 'undelete'), del(at, 'artist', artist, 1)])
      expect(back.status).toBe(200)
      expect([200, 202]).toContain(deleted.status)
    }
  })

  it('purges and returns of the same record: one of them finds it', async () => {
    const at = await archive()
    for (let i = 0; i < ROUNDS; i++) {
      const work = await one(at, 'artwork')
      await del(at, 'artwork', work, 1)
      const answers = await Promise.all([del(at, 'artwork', work, 2, 'purge'), del(at, 'artwork', work, 2, 'undelete')])
      expect(codes(answers).toSorted()).toEqual(['200', 'LookupNotFound'])
      expect((await rowOf(at, work)) === undefined).toBe(answers[0].status === 200)
    }
  })

  it('purges of what is being read: readers get an answer that is whole', async () => {
    const at = await archive()
    const artists = await at.save('artist', ...Array.from({ length: 20 }, (_, i) => ({ name: `${i}` })))
    const works = await at.save('artwork', ...artists.map((artist) => ({ title: 'x', artist: link('artist', artist) })))
    await at.save('artwork', ...works.map(({ id }) => ({ _id: id, _version: 2, title: 'x' })))
    await at.remove(
      'artist',
      artists.map(({ id }) => [id, 1, null]),
    )
    const purges = artists.map((artist) => del(at, 'artist', artist, 2, 'purge'))
    const reads = works.map(({ id }) => at.api('GET', `/api/v1/db/artwork/_all_fields/${id}?version=1`))
    for (const { status, body } of await Promise.all(reads)) {
      expect(status).toBe(200)
      expect(body[0].artwork).toMatchObject({ _version: 1, title: 'x' })
    }
    expect(codes(await Promise.all(purges))).toEqual(artists.map(() => '200'))
  })

  it('many deletions across one web of links never show a client a deadlock', async () => {
    const at = await archive()
    const artists = await at.save('artist', ...Array.from({ length: 8 }, (_, i) => ({ name: `${i}` })))
    const any = (i: number) => artists[i % artists.length] as Saved
    const works = await at.save(
      'artwork',
      ...Array.from({ length: 40 }, (_, i) => ({
        artist: link('artist', any(i * 3)),
        '_nested:artwork__hands': [{ person: link('artist', any(i * 5 + 1)) }],
      })),
    )
    const answers = await Promise.all([
      ...artists.map((artist, i) => del(at, 'artist', artist, 1, i % 2 ? 'setnull' : 'remove')),
      ...works
        .slice(0, 8)
        .toReversed()
        .map((work) => at.post('artwork', [{ _id: work.id, _version: 2, title: 'edited' }])),
    ])
    for (const code of codes(answers)) expect(['200', 'VersionMismatch', 'LookupNotFound']).toContain(code)
    for (const artist of artists) expect((await rowOf(at, artist))?.deleted).toBe(true)
  })
})
