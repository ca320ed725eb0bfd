/** What a dry run tells: all problems of a request at once, or all that the save would touch. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gallery, record, to, sorted } from '../../testing/gallery.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { workshop } from '../../testing/workshop.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const DRY = '/api/v1/db/work?dry_run=1&format=long'
const places = (answer: { body: { problems: { index: number; pointer: string; code: string }[] } }) =>
  answer.body.problems.map(({ index, pointer, code }) => [index, pointer, code])

describe('a dry run of a request with problems', () => {
  it('400: names all of them, each with its record and its field', async () => {
    const at = await gallery(server)
    await at.saved('work', { reference: 'taken' })
    const request = [
      record('work', { reference: 'taken', title: 'not a text per language', nothing: 1 }),
      record('work', { reference: 'much too long for it', artist: { _objecttype: 'person', person: { _id: 99 } } }),
      record('work', { '_nested:work__notes': [{ text: 'fine' }, { text: 5 }] }),
      record('work', { _id: 77, _version: 2 }),
      { _objecttype: 'work', _mask: 'no_such_mask', work: {} },
      record('work', { reference: 'fine' }),
    ]
    const answer = await at.api('POST', DRY, request)
    expect(answer.status).toBe(400)
    expect(sorted(places(answer))).toEqual(
      sorted([
        [0, '/0/work/title', 'RecordUnmarshalJson'],
        [0, '/0/work/nothing', 'SchemaInconsistent'],
        [0, '/0/work/reference', 'DatabaseUniqueKeyViolation'],
        [1, '/1/work/reference', 'SchemaInconsistent'],
        [1, '/1/work/artist', 'LookupNotFound'],
        [2, '/2/work/_nested:work__notes/1/text', 'RecordUnmarshalJson'],
        [3, '/3/work', 'LookupNotFound'],
        [4, '/4', 'UnknownObjecttype'],
      ]),
    )
    expect(answer.body.code).toBe(answer.body.problems[0].code)
    expect((await at.api('GET', '/api/v1/db/work/work__main/list')).body).toHaveLength(1)
  })

  it('400: escapes what stands in a pointer', async () => {
    const at = await gallery(server)
    const answer = await at.api('POST', DRY, [record('work', { 'a/b~c.d[0]': 1 })])
    expect(places(answer)).toEqual([[0, '/0/work/a~1b~0c.d[0]', 'SchemaInconsistent']])
  })

  it('400: finds what only the database knows about every record', async () => {
    const at = await gallery(server)
    const { work } = await at.saved('work', { reference: 'a' })
    const answer = await at.api('POST', DRY, [
      record('work', { _id: work._id, _version: 5, reference: 'a' }),
      record('work', { reference: 'b' }),
      record('work', { reference: 'b' }),
    ])
    expect(places(answer)).toEqual([
      [0, '/0/work', 'VersionMismatch'],
      [2, '/2/work/reference', 'DatabaseUniqueKeyViolation'],
    ])
  })

  it('400: names chosen ids that are taken, or that stand twice in the request', async () => {
    const at = await gallery(server)
    const { work } = await at.saved('work', { reference: 'a' })
    const taken = await at.api('POST', DRY, [record('work', {}), record('work', { _id: work._id }), record('work', {}, { _system_object_id: 1 })])
    expect(places(taken)).toEqual([
      [1, '/1/work/_id', 'DatabaseUniqueKeyViolation'],
      [2, '/2/_system_object_id', 'DatabaseUniqueKeyViolation'],
    ])
    const _uuid = randomUUID()
    const twice = await at.api('POST', DRY, [record('work', {}, { _uuid }), record('work', {}, { _uuid }), record('work', { title: 1 })])
    expect(places(twice)).toEqual([
      [1, '/1/work', 'SchemaInconsistent'],
      [2, '/2/work/title', 'RecordUnmarshalJson'],
    ])
  })

  it('400: counts rows as they were sent, and does not tell what only follows from another problem', async () => {
    const at = await workshop(server)
    const JOBS = '_nested:maker__jobs'
    const rows = [{}, { code: 'a', piece: { _objecttype: 'piece', piece: { _id: 9 } } }]
    expect(places(await at.api('POST', '/api/v1/db/maker?dry_run=1', [record('maker', { [JOBS]: rows })]))).toEqual([
      [0, `/0/maker/${JOBS}/1/piece`, 'LookupNotFound'],
    ])
    const lookup = { 'lookup:_id': { code: 'nothing' }, '_version:auto_increment': true }
    expect(places(await at.api('POST', '/api/v1/db/piece?dry_run=1', [record('piece', lookup)]))).toEqual([
      [0, '/0/piece/lookup:_id', 'LookupNotFound'],
    ])
    const sheet = record('sheet', { piece: { _objecttype: 'piece', piece: { _id: 9 } } })
    expect(places(await at.api('POST', '/api/v1/db/sheet?dry_run=1', [sheet]))).toEqual([[0, '/0/sheet/piece', 'LookupNotFound']])
    const long = await at.api('POST', '/api/v1/db/maker?dry_run=1', [
      record('maker', { [JOBS]: [{}, { note: 'fits' }, {}, { note: 'does not fit' }] }),
    ])
    expect(places(long)).toEqual([[0, `/0/maker/${JOBS}/3/note`, 'SchemaInconsistent']])
  })

  it('400: a save tells the first problem only, and looks as it always did', async () => {
    const at = await gallery(server)
    const answer = await at.api('POST', '/api/v1/db/work', [record('work', { nothing: 1 }), record('work', { nothing: 2 })])
    expect(answer).toMatchObject({ status: 400, body: { code: 'SchemaInconsistent' } })
    expect(answer.body).not.toHaveProperty('problems')
  })
})

describe('a dry run of a request that could be saved', () => {
  it('200: tells what else the save would touch, and touches nothing', async () => {
    const at = await gallery(server)
    const { person } = await at.saved('person', { name: 'Ada' })
    const { work } = await at.saved('work', { reference: 'a', artist: to('person', person._id), '_reverse_nested:item:work': [{ label: 'gone' }] })
    const answer = await at.api('POST', DRY, [record('work', { _id: work._id, _version: 2, '_reverse_nested:item:work': [{ label: 'new' }] })])
    expect(answer.status).toBe(200)
    expect(answer.body[0]._side_effects).toEqual([
      { effect: 'record_created', objecttype: 'item' },
      { effect: 'record_deleted', objecttype: 'item', _id: 1, _system_object_id: expect.any(Number) as number },
      { effect: 'link_cleared', objecttype: 'person', _id: person._id, _system_object_id: expect.any(Number) as number, column: 'work' },
    ])
    expect((await at.read('work', work._id)).work).toMatchObject({ _version: 1, reference: 'a' })
    expect((await at.read('person', person._id)).person['_nested:person__works']).toHaveLength(1)
  })

  it('200: says nothing about side effects where there are none, and a real save never does', async () => {
    const at = await gallery(server)
    expect((await at.api('POST', DRY, [record('work', { reference: 'a' })])).body[0]).not.toHaveProperty('_side_effects')
    expect(await at.saved('work', { '_reverse_nested:item:work': [{ label: 'new' }] })).not.toHaveProperty('_side_effects')
  })
})
