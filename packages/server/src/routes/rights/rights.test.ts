import { testDatabase, type TestDatabase } from '@vitrine/drivers/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peopleApp } from '../../testing/people-app.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

type Document = { right_preset: Record<string, unknown> }
const PATH = '/api/v1/right/object/presets'
const doc = (preset: object) => ({
  _basetype: 'right_preset',
  right_preset: { displayname: { 'en-US': 'Readers' }, preset: { rights: { read: {} } }, ...preset },
})
const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code]

async function museum() {
  const app = await peopleApp(database)
  const root = app.as((await app.signIn()).access_token)
  const made = async (preset: object = {}) => ((await (await root.send('POST', PATH, [doc(preset)])).json()) as [Document])[0]
  return { app, root, made }
}

describe('the catalogue of rights', () => {
  it('lists every right with its parameters, and the presets', async () => {
    const { root, made } = await museum()
    await made()
    const catalogue = (await (await root.get('/api/v1/right')).json()) as Record<
      string,
      { rights: { name: string; parameters: object[] }[]; presets?: object[] }
    >
    expect(Object.keys(catalogue).toSorted()).toEqual(['collection', 'group', 'object', 'objecttype-without-pool', 'pool', 'system', 'tag', 'user'])
    expect(catalogue['system']?.rights.find((r) => r.name === 'system.datamodel')?.parameters).toMatchObject([
      { name: 'level', choices: ['current', 'development', 'commit'] },
    ])
    expect(catalogue['object']?.presets).toHaveLength(1)
  })

  it('needs a login', async () => {
    const { app } = await museum()
    for (const path of ['/api/v1/right', PATH, `${PATH}/1`]) expect((await app.send(path)).status).toBe(401)
  })
})

describe('presets', () => {
  it('are made, changed, read and removed', async () => {
    const { root, made } = await museum()
    const first = await made({ _position: 2, _version: 1 })
    const id = Number(first.right_preset['_id'])
    await made({ _position: 1, displayname: { 'en-US': 'First' } })
    const changed = await root.send('POST', PATH, [
      { ...first, right_preset: { ...first.right_preset, _version: 2, displayname: { 'en-US': 'Later' } } },
    ])
    expect(await changed.json()).toMatchObject([{ right_preset: { _id: id, _version: 2, preset: { rights: { read: {} } } } }])
    const list = (await (await root.get(PATH)).json()) as Document[]
    expect(list.map(({ right_preset }) => right_preset['displayname'])).toEqual([{ 'en-US': 'First' }, { 'en-US': 'Later' }])
    expect((await (await root.get('/api/v1/right/collection/presets')).json()) as unknown[]).toEqual([])
    expect(await (await root.get(`${PATH}/${id}`)).json()).toHaveLength(1)
    for (let i = 0; i < 2; i++) expect(await (await root.send('DELETE', `${PATH}/${id}`)).json()).toEqual({ status: { acknowledged: 'ok' } })
    expect(await (await root.get(`${PATH}/${id}`)).json()).toEqual([])
  })

  it('are not removed unasked while an access list follows them', async () => {
    const { app, root, made } = await museum()
    const id = Number((await made()).right_preset['_id'])
    await app.db.write(
      (sql) =>
        sql`insert into pool (instance_id, id, version, data) values (${app.db.instanceId}, 1, 1, ${sql.json({ _acl: [{ who: {}, rights: {}, _right_preset: id }] })})`,
    )
    expect((await root.send('DELETE', `${PATH}/${id}`)).status).toBe(202)
    expect((await root.send('DELETE', `${PATH}/${id}?confirm=delete`)).status).toBe(200)
  })

  it.each([
    ['UnknownRight', { preset: { rights: { create: {} } } }],
    ['UnknownRightParam', { preset: { rights: { read: { versions: ['image.preview'] } } } }],
    ['UnknownRightValue', { preset: { rights: { asset_show: { column_ids: [-1] } } } }],
    ['VersionMismatch', { _version: 2 }],
    ['ServerGeneric', { _id: 4711, _version: 2 }],
  ])('answer %s to %j', async (code, preset) => {
    const { root } = await museum()
    expect(await codeOf(await root.send('POST', PATH, [doc(preset)]))).toEqual([400, code])
  })

  it('refuse times nobody can read, and other contexts', async () => {
    const { root } = await museum()
    expect(await codeOf(await root.send('POST', `${PATH}?background_invalid_acl_timelimit=soon`, [doc({})]))).toEqual([
      400,
      'UrlParameterNotSupported',
    ])
    expect((await root.get('/api/v1/right/pool/presets')).status).toBe(400)
  })

  it('need the right to manage them', async () => {
    const { app, root } = await museum()
    await root.send('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'ada' }, _password: 'correct horse' }])
    const ada = app.as((await app.signIn('ada', 'correct horse')).access_token)
    expect(await codeOf(await ada.send('POST', PATH, [doc({})]))).toEqual([403, 'SystemRightRequired'])
    expect(await codeOf(await ada.send('DELETE', `${PATH}/1`))).toEqual([403, 'SystemRightRequired'])
    expect((await ada.get(PATH)).status).toBe(200)
  })
})
