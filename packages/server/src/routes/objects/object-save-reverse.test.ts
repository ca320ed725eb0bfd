/** Records that are sent inside the one they link to. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk, gallery, record, to, type Gallery, sorted } from '../../testing/gallery.ts'
import { inconsistencies } from '../../testing/record-consistency.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { workshop } from '../../testing/workshop.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const SLOT = '_reverse_nested:item:work'
const itemsOf = async (at: Gallery) =>
  ((await at.api('GET', '/api/v1/db/item/item__main/list?format=long')).body as { item: Record<string, unknown> }[]).map(({ item }) => item)

async function workWithItems(at: Gallery) {
  const work = await at.saved('work', { reference: 'w', [SLOT]: [{ label: 'one', number: 1 }, { label: 'two' }] })
  return { id: work.work._id as number, items: await itemsOf(at) }
}

describe('records inside the one they belong to', () => {
  it('are made with it and linked to it', async () => {
    const at = await gallery(server)
    const { id, items } = await workWithItems(at)
    expect(items).toMatchObject([
      { _version: 1, label: 'one', number: 1, work: { work: { _id: id } } },
      { _version: 1, label: 'two', work: { work: { _id: id } } },
    ])
  })

  it('are kept, changed, made or deleted as the list says', async () => {
    const at = await gallery(server)
    const { id, items } = await workWithItems(at)
    const third = await at.saved('item', { label: 'three', work: { _objecttype: 'work', _mask: '_all_fields', work: { _id: id } } })
    const [one, two] = items as { _id: number }[]
    await at.saved('work', {
      _id: id,
      _version: 2,
      reference: 'w',
      [SLOT]: [
        { _id: one?._id, _version: 1, label: 'not stored: the version says that it is to be kept' },
        { _id: third.item._id, _version: 2, label: 'changed' },
        { label: 'new' },
      ],
    })
    expect(await itemsOf(at)).toMatchObject([
      { _id: one?._id, _version: 1, label: 'one' },
      { _id: third.item._id, _version: 2, label: 'changed' },
      { _version: 1, label: 'new' },
    ])
    const events = await at.api('GET', `/api/v1/db/item/item__main/${two?._id}?format=full`)
    expect(events.body).toEqual([])
  })

  it('stay when the caller may not read them, and go with the right to delete them otherwise', async () => {
    const at = await gallery(server)
    const { id } = await workWithItems(at)
    const ben = await at.person('ben')
    const grant = async (type: string, rights: object) => {
      const { body } = await at.api<{ objecttype: { _id: number; _version: number; name: string } }[]>('GET', '/api/v1/objecttype')
      const { _id = 0, _version = 0 } = body.find(({ objecttype }) => objecttype.name === type)?.objecttype ?? {}
      const objecttype = { _id, _version: _version + 1 }
      expectOk(
        await at.api('POST', '/api/v1/objecttype', [{ _basetype: 'objecttype', objecttype, _acl: [{ who: { user: { _id: ben.id } }, rights }] }]),
      )
    }
    await grant('work', { write: {}, mask: {} })
    let version = 1
    const edit = async () => {
      const body = [record('work', { _id: id, _version: version + 1, reference: `w${version}`, [SLOT]: [] })]
      const answer = await at.api('POST', '/api/v1/db/work?format=long', body, { token: ben.token })
      if (answer.status === 200) version++
      return answer
    }
    // Seen by nobody else than root so far: nothing was left out.
    expect((await edit()).status).toBe(200)
    expect(await itemsOf(at)).toHaveLength(2)
    await grant('item', { read: {}, mask: {} })
    expect((await edit()).body).toMatchObject({ code: 'ObjectInsufficientRights', parameters: { right: 'delete', objecttype: 'item' } })
    await grant('item', { delete: {}, mask: {} })
    expect((await edit()).status).toBe(200)
    expect(await itemsOf(at)).toEqual([])
  })

  it('are left alone when the request does not name them, or says so', async () => {
    const at = await gallery(server)
    const { id } = await workWithItems(at)
    await at.saved('work', { _id: id, _version: 2, reference: 'x' })
    await at.saved('work', { _id: id, _version: 3, reference: 'y', [SLOT]: [] }, {}, 'skip_reverse_nested=1')
    expect(await itemsOf(at)).toHaveLength(2)
    await at.saved('work', { _id: id, _version: 4, reference: 'y', [SLOT]: [] })
    expect(await itemsOf(at)).toHaveLength(0)
  })

  it('go with everything that belongs to them', async () => {
    const at = await gallery(server)
    const work = await at.saved('work', { reference: 'w', [SLOT]: [{ label: 'one', '_reverse_nested:part:item': [{ name: 'lid' }] }] })
    expect((await at.api('GET', '/api/v1/db/part/part__main/list?format=long')).body).toMatchObject([{ part: { name: 'lid' } }])
    await at.saved('work', { _id: work.work._id, _version: 2, [SLOT]: [] })
    expect((await at.api('GET', '/api/v1/db/part/part__main/list')).body).toEqual([])
  })

  it('are accepted with and without the envelope of a record', async () => {
    const at = await gallery(server)
    await at.saved('work', { [SLOT]: [record('item', { label: 'wrapped' })] })
    expect(await itemsOf(at)).toMatchObject([{ label: 'wrapped' }])
  })

  it('400: are refused with the version of somebody who has not seen the newest', async () => {
    const at = await gallery(server)
    const { id, items } = await workWithItems(at)
    const stale = await at.api('POST', '/api/v1/db/work', [record('work', { _id: id, _version: 2, [SLOT]: [{ _id: items[0]?._id, _version: 3 }] })])
    expect(stale).toMatchObject({ status: 400, body: { code: 'VersionMismatch', parameters: { expectedversion: 2 } } })
    expect(await itemsOf(at)).toHaveLength(2)
  })

  it('two saves of the same record at once leave one whole list, never a mixture', async () => {
    const at = await gallery(server)
    const { id } = await workWithItems(at)
    const lists = ['a', 'b', 'c', 'd'].map((name) => [{ label: `${name}1` }, { label: `${name}2` }])
    const answers = await Promise.all(
      lists.map((rows) => at.api('POST', '/api/v1/db/work', [record('work', { _id: id, _version: 2, [SLOT]: rows })])),
    )
    expect(sorted(answers.map(({ status }) => status))).toEqual([200, 400, 400, 400])
    const labels = (await itemsOf(at)).map(({ label }) => String(label))
    expect(new Set(labels.map((label) => label[0])).size).toBe(1)
    expect(labels).toHaveLength(2)
  })
})

describe('records in pools inside one that changes its pool', () => {
  async function boxed() {
    const at = await gallery(server)
    const pool = async (name: string) =>
      (
        await at.api('POST', '/api/v1/pool', [
          { _basetype: 'pool', pool: { 'lookup:_id_parent': { reference: 'system:root' }, reference: name, name: { 'en-US': name } } },
        ])
      ).body[0].pool._id as number
    const [here, there] = [await pool('here'), await pool('there')]
    const box = await at.saved('box', { name: 'box', _pool: { pool: { _id: here } }, '_reverse_nested:thing:box': [{ name: 'thing' }] })
    const things = await at.api('GET', '/api/v1/db/thing/thing__main/list?format=long')
    const poolOfThing = async () => (await at.read('thing', things.body[0].thing._id)).thing._pool.pool._id as number
    const move = (query: string) =>
      at.api('POST', `/api/v1/db/box?${query}`, [
        record('box', {
          ...{ _id: box.box._id, _version: 2, name: 'box', _pool: { pool: { _id: there } } },
          '_reverse_nested:thing:box': [{ _id: things.body[0].thing._id, _version: 1 }],
        }),
      ])
    return { here, there, move, poolOfThing }
  }

  it('start in the pool of the record around them', async () => {
    const { here, poolOfThing } = await boxed()
    expect(await poolOfThing()).toBe(here)
  })

  it('202: asks what shall become of them, and does what the answer says', async () => {
    const { here, there, move, poolOfThing } = await boxed()
    const asked = await move('')
    expect(asked).toMatchObject({ status: 202, body: { tasks: [{ form: [{ name: 'reverse_pool_changed_mode' }] }] } })
    expect(await poolOfThing()).toBe(here)
    expect((await move('reverse_pool_changed_mode=reverse_pool_changed_always')).status).toBe(200)
    expect(await poolOfThing()).toBe(there)
  })

  it('stay where they are when the answer says so', async () => {
    const { here, move, poolOfThing } = await boxed()
    expect((await move('reverse_pool_changed_mode=reverse_pool_changed_never')).status).toBe(200)
    expect(await poolOfThing()).toBe(here)
  })
})

describe('what leaves a record that goes', () => {
  const PARTS = '_reverse_nested:part:item'

  it('stays, where the same request puts it elsewhere', async () => {
    const at = await gallery(server)
    const { work } = await at.saved('work', { reference: 'w', [SLOT]: [{ label: 'one', [PARTS]: [{ name: 'part' }] }, { label: 'two' }] })
    const two = work[SLOT][1]._id as number
    const moved = { _id: work[SLOT][0][PARTS][0]._id, _version: 2, name: 'moved' }
    const request = { _id: work._id, _version: 2, reference: 'w', [SLOT]: [{ _id: two, _version: 2, label: 'two', [PARTS]: [moved] }] }
    await at.saved('work', request, {}, 'dry_run=1')
    await at.saved('work', request)
    expect((await itemsOf(at)).map(({ label }) => label)).toEqual(['two'])
    expect((await at.read('part', moved._id)).part).toMatchObject({ name: 'moved', _version: 2, item: { item: { _id: two } } })
    expect(await inconsistencies(server, at)).toEqual([])
  })

  it('400: and nothing of the request may lead to what goes', async () => {
    const at = await workshop(server)
    const SHEETS = '_reverse_nested:sheet:piece'
    const { piece } = await at.saved('piece', { [SHEETS]: [{ code: 'one' }, { code: 'two' }] })
    const [one, two] = piece[SHEETS] as { _id: number }[]
    const rows = [{ _id: two?._id, _version: 2, code: 'two', twin: to('sheet', one?._id ?? 0) }]
    for (const query of ['', 'dry_run=1']) {
      const refused = await at.api('POST', `/api/v1/db/piece?${query}`, [record('piece', { _id: piece._id, _version: 2, [SHEETS]: rows })])
      expect([refused.status, refused.body.code]).toEqual([400, 'SchemaInconsistent'])
    }
    expect(await inconsistencies(server, at)).toEqual([])
  })

  it('leaves its partner, where the request says so', async () => {
    const at = await workshop(server)
    const SHEETS = '_reverse_nested:sheet:piece'
    const { piece } = await at.saved('piece', { [SHEETS]: [{ code: 'one' }, { code: 'two' }] })
    const [one, two] = piece[SHEETS] as { _id: number }[]
    const kept = (_version: number, more: object) => ({ _id: two?._id, _version, code: 'two', ...more })
    const save = (_version: number, rows: object[]) => at.saved('piece', { _id: piece._id, _version, [SHEETS]: rows })
    await save(2, [{ _id: one?._id, _version: 1 }, kept(2, { twin: to('sheet', one?._id ?? 0) })])
    await save(3, [kept(3, {})])
    expect((await at.read('sheet', two?._id ?? 0)).sheet).toMatchObject({ _version: 3, code: 'two' })
    expect(await inconsistencies(server, at)).toEqual([])
  })
})

describe('a record inside another one', () => {
  it('is merged where the server counts its version, also from the first to the second', async () => {
    const at = await gallery(server)
    const { id, items } = await workWithItems(at)
    const rows = items.map(({ _id }) => ({ _id, '_version:auto_increment': true, label: 'changed' }))
    await at.saved('work', { _id: id, _version: 2, reference: 'w', [SLOT]: rows })
    expect(await itemsOf(at)).toMatchObject([
      { _version: 2, label: 'changed', number: 1 },
      { _version: 2, label: 'changed' },
    ])
  })

  it.each([[null], [1], [{ who: null, rights: {} }], [{ who: { user: 5 }, rights: {} }], [{ who: { _owner: true }, rights: { read: 1 } }]])(
    '400: has no access list with %j in it',
    async (entry) => {
      const at = await workshop(server)
      const answer = await at.api('POST', '/api/v1/db/piece?dry_run=1', [record('piece', { '_reverse_nested:sheet:piece': [{ _acl: [entry] }] })])
      expect([answer.status, answer.body.code]).toEqual([400, 'RecordUnmarshalJson'])
    },
  )

  it('400: has no other fields than one that stands alone, and is told apart from the record around it', async () => {
    const at = await gallery(server)
    const rows = [{ label: 'fine' }, { _objecttype: 'item', nothing: 1, item: {} }, { label: 'x', _owner: { user: { _id: 999 } } }]
    const answer = await at.api('POST', '/api/v1/db/work?dry_run=1', [record('work', { [SLOT]: rows })])
    expect(answer.body.problems.map(({ pointer }: { pointer: string }) => pointer)).toEqual([`/0/work/${SLOT}/1`, `/0/work/${SLOT}/2/_owner/user`])
  })
})

describe('records in pools at several depths', () => {
  it('follow all the way, but for one that is put elsewhere', async () => {
    const at = await workshop(server)
    const pool = async (name: string) => {
      const made = { _basetype: 'pool', pool: { 'lookup:_id_parent': { reference: 'system:root' }, reference: name, name: { 'en-US': name } } }
      return { pool: { _id: (await at.api('POST', '/api/v1/pool', [made])).body[0].pool._id as number } }
    }
    const [here, there, own] = [await pool('here'), await pool('there'), await pool('own')]
    const [TRAYS, CARDS] = ['_reverse_nested:tray:crate', '_reverse_nested:card:tray']
    await at.saved('crate', { _pool: here, [TRAYS]: [{ [CARDS]: [{ name: 'a' }] }, { name: 'b' }] })
    const trays = [
      { _id: 1, _version: 1, [CARDS]: [{ _id: 1, _version: 1 }] },
      { _id: 2, _version: 2, name: 'b', _pool: own },
    ]
    const move = { _id: 1, _version: 2, _pool: there, [TRAYS]: trays }
    await at.saved('crate', move, {}, 'reverse_pool_changed_mode=reverse_pool_changed_always')
    const poolOf = async (type: string, id: number) => ({ pool: { _id: (await at.read(type, id))[type]._pool.pool._id as number } })
    expect([await poolOf('tray', 1), await poolOf('card', 1), await poolOf('tray', 2)]).toEqual([there, there, own])
    expect(await inconsistencies(server, at)).toEqual([])
  })
})
