import { mask, masks, schema, table } from '@vitrine/testing/datamodels'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const LABELS = '/api/v1/l10n/user/HEAD'

async function labelled() {
  const instance = await server.instance()
  const collection = schema(
    table('place', { name: 'text' }, { is_hierarchical: true, reverse: ['children', 'thing.place'] }),
    table('thing', { title: 'text', place: '=> place', part: [{ what: 'text' }] }),
  )
  await instance.api('POST', '/api/v1/schema/user/HEAD', collection)
  await instance.api(
    'POST',
    '/api/v1/mask/HEAD',
    masks(
      mask('thing_main', 'thing', [], {
        fields: [
          { kind: 'field', column_name_hint: 'title' },
          { kind: 'splitter', type: 'h1' },
        ],
      }),
    ),
  )
  return instance
}

describe('GET /l10n/user/{version}', () => {
  it('answers every key of the datamodel, labelled or not', async () => {
    const { api } = await labelled()
    const { body } = await api('GET', LABELS)
    expect(Object.keys(body)).toEqual([
      'schema.place.name',
      'schema.place.column.name',
      'schema.place.column.reverse:place',
      'schema.place.column.reverse:thing.3',
      'schema.thing.name',
      'schema.thing.column.title',
      'schema.thing.column.place',
      'schema.thing.column.thing__part',
      'schema.thing__part.name',
      'schema.thing__part.column.what',
      'mask.2.thing_main.name',
      'mask.2.thing_main.2.field.2.edit_user_hint',
      'mask.2.thing_main.2.field.2.output_user_hint',
      'mask.2.thing_main.2.field.2.search_user_hint',
      'mask.2.thing_main.splitter.1',
    ])
    expect(body['schema.place.name']).toEqual({})
  })
  it('refuses versions there are none of', async () => {
    const { api } = await server.instance()
    expect((await api('GET', '/api/v1/l10n/user/9')).body.code).toBe('DatamodelVersionNotFound')
  })
  it('asks who wants to know', async () => {
    const { api } = await server.instance()
    expect((await api('GET', LABELS, undefined, { token: null })).status).toBe(401)
  })
})

describe('POST /l10n/user/HEAD', () => {
  it('keeps what says something about something, and clears the rest', async () => {
    const { api } = await labelled()
    await api('POST', LABELS, { 'schema.place.name': { 'en-US': 'Place' } })
    const sent = { 'schema.thing.name': { 'de-DE': 'Ding', 'en-US': '', _comment: 'x' }, 'schema.nothing.name': { 'de-DE': 'Nichts' } }
    const { status, body } = await api('POST', LABELS, sent)
    expect([status, body['schema.thing.name'], body['schema.place.name'], body['schema.nothing.name']]).toEqual([
      200,
      { 'de-DE': 'Ding' },
      {},
      undefined,
    ])
    expect((await api('GET', LABELS)).body).toEqual(body)
  })
  it('refuses texts that are none', async () => {
    const { api } = await labelled()
    expect((await api('POST', LABELS, { 'schema.thing.name': 'Ding' })).status).toBe(400)
  })
  it('asks who wants to change them, and for the right', async () => {
    const instance = await labelled()
    expect((await instance.api('POST', LABELS, {}, { token: null })).status).toBe(401)
    await instance.api('POST', '/api/v1/user', [
      { _basetype: 'user', user: { _version: 1, type: 'easydb', login: 'rita' }, _password: 'a long enough password' },
    ])
    expect((await instance.api('POST', LABELS, {}, { token: await instance.signIn('rita', 'a long enough password') })).status).toBe(403)
  })
})

describe('GET /l10n/static/{lang}.json', () => {
  const texts = async (language: string) => {
    const { api } = await server.instance()
    const { status, body } = await api('GET', `/api/v1/l10n/static/${language}.json`, undefined, { token: null })
    return { status, texts: body[language] }
  }
  it('answers in the language, in English where it has no text, and under the tag of a language nobody has', async () => {
    const [german, english, unknown] = await Promise.all(['de-DE', 'en-US', 'tlh'].map(texts))
    expect(german?.texts['error.InvalidToken']).toBe('Die Anmeldung ist abgelaufen oder ungültig.')
    expect(german?.texts['error.InheritanceNotSupported']).toBe(english?.texts['error.InheritanceNotSupported'])
    expect([unknown?.status, unknown?.texts]).toEqual([200, english?.texts])
  })
})
