import { describe, expect, it } from 'vitest'
import { smallApp, smallOperations } from '../test/small-document.ts'

const app = smallApp()
const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await app.request(path, { headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const post = async (path: string, body: BodyInit | null, type?: string) => {
  const response = await app.request(path, { method: 'POST', body, ...(type === undefined ? {} : { headers: { 'content-type': type } }) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'

describe('mounting', () => {
  it('does not start while an operation has no handler', () =>
    expect(() => smallApp({ without: 'partRead' })).toThrow('operations without a handler: partRead'))

  it.each([
    ['/works/latest', 'workLatest'],
    ['/works/7', 'workRead'],
    ['/works/7/parts/first', 'partFirst'],
    ['/works/7/parts/second', 'partRead'],
    ['/words/de.json', 'wordRead'],
    ['/words/de', 'wordVersion'],
    ['/archives/7', 'archiveRead'],
    ['/archives/7/', 'entryRead'],
    ['/archives/7/a/b.txt', 'entryRead'],
    ['/tiles/7/part0x0.jpg', 'tileRead'],
    ['/tiles/7/part0x0', 'tileOther'],
    ['/tiles/7/part.jpg', 'tileOther'],
  ])('finds %s in any order of the document', async (path, id) => {
    expect((await get(path)).body['id']).toBe(id)
    const reversed = await smallApp({ operations: smallOperations.toReversed() }).request(path)
    expect(await reversed.json()).toMatchObject({ id })
  })
})

describe('the guard', () => {
  it('decides before anything of the request is looked at', async () => {
    const guarded = smallApp({
      guard:
        ({ right }) =>
        (c) =>
          Promise.resolve(c.json({ needs: right }, 401)),
    })
    for (const [path, init] of [
      ['/works/none', {}],
      ['/works?unknown=1', {}],
      ['/works', { method: 'POST', body: '{', headers: { 'content-type': JSON_TYPE } }],
      ['/works', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }],
    ] as const) {
      const response = await guarded.request(path, init)
      expect([response.status, await response.json()]).toEqual([401, { needs: 'login' }])
    }
  })
})

describe('parameters', () => {
  it('arrive in the types of the document, with its defaults', async () => {
    expect((await get('/works')).body['query']).toEqual({ limit: 20, deep: false })
    expect((await get('/works?limit=5&scale=1.5&deep=true&tag=1&tag=2&name=1')).body['query']).toEqual({
      limit: 5,
      scale: 1.5,
      deep: true,
      tag: [1, 2],
      name: '1',
    })
    expect((await get('/works?tag=3')).body['query']).toMatchObject({ tag: [3] })
    expect((await get('/works/7')).body['params']).toEqual({ id: 7 })
    expect((await get('/works?limit=-0')).body['query']).toMatchObject({ limit: 0 })
  })

  it.each(['', '1e1', '0x10', '%205', '5.0', '+5', 'true', '١', '1_000', 'Infinity'])('of type integer are not %j', async (text) => {
    expect(await get(`/works?limit=${text}`)).toMatchObject({ status: 400, body: { kind: 'invalid', where: 'query', pointer: '/limit' } })
  })
  it.each(['', '1e3', '.5', '5.', 'NaN'])('of type number are not %j', async (text) => {
    expect(await get(`/works?scale=${text}`)).toMatchObject({ status: 400, body: { where: 'query', pointer: '/scale' } })
  })
  it.each(['', '1', 'True', 'toString', '__proto__'])('of type boolean are not %j', async (text) => {
    expect(await get(`/works?deep=${text}`)).toMatchObject({ status: 400, body: { where: 'query', pointer: '/deep' } })
  })
  it('are refused when they are too large to be kept exactly', async () => {
    expect(await get('/works/9007199254740993')).toMatchObject({ status: 400, body: { where: 'path', pointer: '/id' } })
    expect((await get('/works/9007199254740991')).status).toBe(200)
  })
  it('are refused when sent twice, unless they are a list', async () => {
    expect(await get('/works?limit=1&limit=2')).toMatchObject({ status: 400, body: { pointer: '/limit' } })
    expect(await get('/works?name=a&name=b')).toMatchObject({ status: 400, body: { pointer: '/name' } })
  })
  it.each(['unknown', '__proto__', 'constructor', 'LIMIT', 'limit[]'])('that the document lacks are refused: %j', async (name) => {
    const answer = await get(`/works?${name}=1`)
    expect(answer).toMatchObject({ status: 400, body: { where: 'query' } })
    expect(answer.body['message']).toContain(name)
  })
  it('may carry the token, as the document says', async () => expect((await get('/works?access_token=abc')).status).toBe(200))
  it('with characters that cannot be kept are refused', async () => {
    expect(await get('/works?name=a%00')).toMatchObject({ status: 400, body: { pointer: '/name' } })
    expect(await get('/words/a%00b')).toMatchObject({ status: 400, body: { where: 'path', pointer: '/version' } })
  })
  it('keep what is not valid percent-encoding', async () => {
    expect((await get('/works?name=%zz')).body['query']).toMatchObject({ name: '%zz' })
    expect((await get('/words/a%2Fb')).body['params']).toEqual({ version: 'a/b' })
    expect((await get('/words/%2541')).body['params']).toEqual({ version: '%41' })
  })
  it('in headers are found whatever their case', async () => {
    expect((await get('/works', { 'x-wanted-rate': '7' })).body['rate']).toBe(7)
    expect((await get('/works', { 'X-WANTED-RATE': '7' })).body['rate']).toBe(7)
    expect(await get('/works', { 'x-wanted-rate': '10' })).toMatchObject({ status: 400, body: { where: 'header', pointer: '/X-Wanted-Rate' } })
  })
})

describe('a path parameter that shares its segment', () => {
  it('arrives without what surrounds it', async () =>
    expect((await get('/words/de.json')).body).toMatchObject({ id: 'wordRead', params: { lang: 'de' } }))
  it('is judged without what surrounds it', async () => {
    expect(await get('/words/de-DE.json')).toMatchObject({ status: 400, body: { where: 'path', pointer: '/lang' } })
    expect(await get('/words/x.json.json')).toMatchObject({ status: 400, body: { where: 'path', pointer: '/lang' } })
  })
  it('is another path where the text around it differs', async () => expect((await get('/words/dexjson')).body['id']).toBe('wordVersion'))
})

describe('several path parameters in one segment', () => {
  it('arrive apart from each other, in their types', async () =>
    expect((await get('/tiles/7/part10x2.png')).body).toMatchObject({ id: 'tileRead', params: { id: 7, x: 10, y: 2, format: 'png' } }))
  it.each([
    ['/tiles/7/part1x2x3.png', '/x'],
    ['/tiles/7/partax2.png', '/x'],
    ['/tiles/7/part1x2.5.png', '/y'],
    ['/tiles/7/part1x2.gif', '/format'],
  ])('are judged one by one: %s', async (path, pointer) => expect(await get(path)).toMatchObject({ status: 400, body: { where: 'path', pointer } }))
})

describe('a path parameter that may hold slashes', () => {
  it.each([
    ['/archives/7/', ''],
    ['/archives/7/a', 'a'],
    ['/archives/7/a/', 'a/'],
    ['/archives/7/a/b%20c/d.txt', 'a/b c/d.txt'],
    ['/archives/7/a%2Fb.txt', 'a/b.txt'],
    ['/archives/7//a', '/a'],
  ])('takes all that is left of %s', async (path, rest) =>
    expect((await get(path)).body).toMatchObject({ id: 'entryRead', params: { id: 7, path: rest } }),
  )
  it('is judged like any other', async () =>
    expect(await get('/archives/7/a%00b')).toMatchObject({ status: 400, body: { where: 'path', pointer: '/path' } }))
})

describe('HEAD', () => {
  const head = async (path: string) => {
    const response = await app.request(path, { method: 'HEAD' })
    return { status: response.status, id: response.headers.get('x-operation'), body: await response.text() }
  }
  it('has an operation of its own where the document says so, and is a GET without body elsewhere', async () => {
    expect(await head('/tiles/7/part0x0.jpg')).toEqual({ status: 200, id: 'tileAsk', body: '' })
    expect((await get('/tiles/7/part0x0.jpg')).body['id']).toBe('tileRead')
    expect(await head('/works/7')).toEqual({ status: 200, id: 'workRead', body: '' })
  })
  it('reads its parameters like the GET beside it', async () => {
    expect((await head('/tiles/7/part0x0.gif')).status).toBe(400)
    expect((await head('/tiles/7/part0x0.jpg?sharp=maybe')).status).toBe(400)
  })
  it('without a GET beside it leaves that method unknown', async () => {
    expect(await head('/uploads/7')).toEqual({ status: 200, id: 'uploadAsk', body: '' })
    expect((await app.request('/uploads/7')).status).toBe(404)
  })
  it('cannot ask for another right than the GET beside it', () => {
    const operations = smallOperations.map((o) => (o.id === 'tileAsk' ? { ...o, right: 'public' } : o))
    expect(() => smallApp({ operations })).toThrow('tileAsk has another right or other parameters than tileRead')
  })
})

describe('bodies', () => {
  it('arrive as the document says, nothing added or changed', async () => {
    const works = [{ title: 'a', year: 1875, parts: [{ title: 'b' }] }]
    expect((await post('/works', JSON.stringify(works), JSON_TYPE)).body['body']).toEqual(works)
    expect((await post('/works', '[]', 'Application/JSON ; charset=utf-8')).status).toBe(200)
    expect((await post('/works', '[]', 'application/json; charset')).status).toBe(200)
  })
  it.each(['text/plain', FORM, 'application/jsonx', undefined])('of type %s are refused with the types that are taken', async (type) => {
    const answer = await post('/works', new TextEncoder().encode('[]'), type)
    expect(answer).toMatchObject({ status: 415, body: { kind: 'mediaType', where: 'body' } })
    expect(answer.body['message']).toContain('application/json')
  })
  it.each(['', '{', '[1,]', "{'a':1}", 'undefined', '[1] 2'])('that are no JSON are refused: %j', async (text) => {
    expect(await post('/works', text, JSON_TYPE)).toMatchObject({ status: 400, body: { kind: 'malformed', where: 'body', pointer: '' } })
  })
  it.each([
    ['{}', ''],
    ['[{}]', '/0'],
    ['[{"title":1}]', '/0/title'],
    ['[{"title":"a","year":"1875"}]', '/0/year'],
    ['[{"title":"a","year":1e300}]', '/0/year'],
    ['[{"title":"a","parts":[{"title":"b"},{"title":"c","colour":1}]}]', '/0/parts/1'],
    ['[{"title":"a","__proto__":{}}]', '/0'],
    ['[{"title":"a\\u0000"}]', '/0/title'],
    ['[{"title":"a\\uD800"}]', '/0/title'],
  ])('that the document does not describe are refused: %s', async (text, pointer) => {
    expect(await post('/works', text, JSON_TYPE)).toMatchObject({ status: 400, body: { kind: 'invalid', where: 'body', pointer } })
  })
  it('name the field that is too much', async () =>
    expect((await post('/works', '[{"title":"a","colour":1}]', JSON_TYPE)).body['message']).toContain('colour'))
  it('keep escaped characters that can be kept', async () => {
    expect((await post('/works', String.raw`[{"title":"\ud83d\ude00 \\u0000"}]`, JSON_TYPE)).body['body']).toEqual([{ title: '😀 \\u0000' }])
  })
  it('that nest without end are refused, not followed', async () => {
    const depth = 100_000
    expect(await post('/notes', `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`, JSON_TYPE)).toMatchObject({
      status: 400,
      body: { kind: 'invalid', where: 'body' },
    })
    expect((await post('/notes', JSON.stringify({ a: '['.repeat(depth), b: '\\"[{'.repeat(depth) }), JSON_TYPE)).status).toBe(200)
  })
  it('that nobody asked for may be left out where the document says so', async () => {
    expect(await post('/notes', null)).toMatchObject({ status: 200, body: { id: 'noteSave' } })
    expect((await post('/notes', '{"a":1}', JSON_TYPE)).body['body']).toEqual({ a: 1 })
  })
  it.each([
    ['neither length nor chunks', {}, 200],
    ['the length 0', { 'content-length': '0' }, 200],
    ['the length 0 and a type', { 'content-length': '0', 'content-type': 'text/plain' }, 200],
    ['a length and no type', { 'content-length': '2' }, 415],
    ['chunks and no type', { 'transfer-encoding': 'chunked' }, 415],
  ])('that come as a stream with %s', async (_, headers: Record<string, string>, status) => {
    const body = new Blob([status === 200 ? '' : '{}']).stream()
    const init = { method: 'POST', body, headers, duplex: 'half' }
    expect((await app.request('/notes', init)).status).toBe(status)
  })
  it('of any type pass unread', async () => expect((await post('/images', 'bytes', 'image/png')).body['body']).toBe('stream'))
  it('that cannot be read keep their own failure', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('the sender went away')) })
    const response = await app.request(
      new Request('http://x/works', { method: 'POST', body, headers: { 'content-type': JSON_TYPE }, duplex: 'half' } as RequestInit),
    )
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('the sender went away')])
  })
})

describe('forms', () => {
  it('are read into the types of the document', async () => {
    expect((await post('/bindings', 'pages=5&hard=true&note=5', FORM)).body['body']).toEqual({ pages: 5, hard: true, note: '5' })
    expect((await post('/bindings', '{"pages":5}', JSON_TYPE)).body['body']).toEqual({ pages: 5 })
  })
  it('in JSON keep the types of JSON', async () =>
    expect(await post('/bindings', '{"pages":"5"}', JSON_TYPE)).toMatchObject({ status: 400, body: { pointer: '/pages' } }))
  it.each([
    ['pages=', '/pages'],
    ['pages=1e3', '/pages'],
    ['pages=5&pages=6', '/pages'],
    ['pages=5&note=a&note=b', '/note'],
    ['note=a', ''],
    ['pages=5&__proto__=1', ''],
    ['pages=5&unknown=1', ''],
    ['pages=5&note=%00', '/note'],
  ])('that the document does not describe are refused: %s', async (text, pointer) => {
    expect(await post('/bindings', text, FORM)).toMatchObject({ status: 400, body: { kind: 'invalid', where: 'body', pointer } })
  })
})
