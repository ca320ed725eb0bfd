/** Addresses of the instance document that look alike: each means one operation, for the router and for the checker of answers. */
import type { RouteConfig } from '@hono/zod-openapi'
import { OpenAPIHono } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import { echo } from '../test/small-document.ts'
import { ContractChecker } from './check.ts'
import { instanceOperations, instanceRoutes, instanceValidators } from './instance.ts'
import { mount } from './mount.ts'
import type { OperationEntry } from './operation-table.ts'
import type { RouteSchemas } from './route-schemas.ts'

const tags = new Set(['files', 'zoom', 'iiif', 'locations'])
const operations = instanceOperations.filter((o) => tags.has(o.tag))

function appOf(order: readonly OperationEntry[]) {
  const app = new OpenAPIHono<object>()
  app.onError((error, c) => c.json({ unforeseen: String(error) }, 500))
  const options = {
    validators: instanceValidators,
    operations: order,
    routes: (schemas: RouteSchemas): Record<string, RouteConfig> => instanceRoutes(schemas),
    guard: () => (_: unknown, next: () => Promise<void>) => next(),
    refuse: (problem: unknown): never => {
      throw new Error(JSON.stringify(problem))
    },
  }
  mount(app, Object.fromEntries(order.map((o) => [o.id, echo(o.id)])) as never, options)
  return app
}
const app = appOf(operations)
const reversed = appOf(operations.toReversed())
const checker = new ContractChecker(instanceValidators, operations, { codes: true })

const SIGNATURE = `s1.t5x2k0.${'Ab-_'.repeat(10)}xyz`
const RECORD = '0196b5d5-3c1f-7e8a-9b4c-1d2e3f405162@main'
const hash = 'ab'.repeat(32)
const forms: [suffix: string, middle: string, params: object][] = [
  ['', '', {}],
  ['Signed', `${SIGNATURE}/`, { signature: SIGNATURE }],
  ['Object', `obj_uuid/${RECORD}/`, { obj_uuid: RECORD }],
  ['ObjectSigned', `obj_uuid/${RECORD}/${SIGNATURE}/`, { obj_uuid: RECORD, signature: SIGNATURE }],
]
// A rendition may be called like a part of the addresses.
const versions = ['original.jpg', 'zoom.jpg', 'size.png', 'obj_uuid.jpg', 'full', 'archive.tar.gz']
const zooms: [suffix: string, middle: string, params: object][] = [
  ['', '', {}],
  ['Size', 'size256/', { zoom_tile_size: 256 }],
  ['Direct', 'avoid_interpolation/', {}],
  ['SizeDirect', 'size256/avoid_interpolation/', { zoom_tile_size: 256 }],
]
const image = { region: 'pct:10,10,50.5,50', size: '^!800,600', rotation: '!90', quality: 'gray', format: 'png' }
const written = `${encodeURIComponent(image.region)}/${encodeURIComponent(image.size)}/!90/gray.png`

const cases: [method: string, path: string, id: string, params: object][] = forms.flatMap(([form, before, given]) =>
  versions.flatMap((version) => {
    const known = { fileId: 7, hash, version, ...given }
    const base = `7/${hash}/${before}${version}`
    const tile = { zoom_viewport: 1000, zoom_x: 3, zoom_y: 12, format: 'jpg' }
    const tiles = zooms.map(([zoom, between, more]): [string, string, string, object] => [
      'GET',
      `/api/v1/eas/zoom/${base}/zoom1000/${between}part3x12.jpg`,
      `fileZoom${zoom}${form}`,
      { ...known, ...tile, ...more },
    ])
    const images = ['GET', 'HEAD'].flatMap((method): [string, string, string, object][] => {
      const head = method === 'HEAD' ? 'Head' : ''
      return [
        [method, `/api/v1/eas/iiif/${base}`, `iiifBase${head}${form}`, known],
        [method, `/api/v1/eas/iiif/${base}/info.json`, `iiifInfo${head}${form}`, known],
        [method, `/api/v1/eas/iiif/${base}/${written}`, `iiifImage${head}${form}`, { ...known, ...image }],
      ]
    })
    return [...tiles, ...images]
  }),
)
cases.push(
  ['GET', '/api/v1/eas/7', 'fileRead', { fileId: 7 }],
  ['POST', '/api/v1/eas/7', 'fileChange', { fileId: 7 }],
  ['GET', `/api/v1/eas/download/7/${hash}/original.zip`, 'fileDownload', { fileId: 7, hash, version: 'original.zip' }],
  ['HEAD', `/api/v1/eas/download/7/${hash}/original.zip`, 'fileDownloadHead', {}],
  ['GET', `/api/v1/eas/download/7/${hash}/original.zip/`, 'fileDownloadEntry', { fileId: 7, hash, version: 'original.zip', zippath: '' }],
  ['HEAD', `/api/v1/eas/download/7/${hash}/original.zip/a/b.txt`, 'fileDownloadEntryHead', {}],
  ['GET', '/api/v1/system/location/list', 'locationList', {}],
  ['GET', '/api/v1/system/location/defaults', 'locationDefaults', {}],
  ['GET', '/api/v1/system/location/7', 'locationRead', { id: 7 }],
)

const ask = async (target: typeof app, method: string, path: string) => {
  const body = method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {}
  const response = await target.request(path, { method, ...body })
  const text = await response.text()
  return { id: response.headers.get('x-operation'), params: text === '' ? undefined : (JSON.parse(text) as { params?: object }).params }
}

describe('the address', () => {
  it.each(cases)('%s %s means %s', async (method, path, id, params) => {
    expect(await ask(app, method, path)).toEqual({ id, params: method === 'HEAD' ? undefined : params })
    expect((await ask(reversed, method, path)).id).toBe(id)
    expect(checker.find(method, path)?.id).toBe(id)
  })
  it.each([
    ['/api/v1/eas/zoom/7/h/forged/original.jpg/zoom1000/part0x0.jpg', 'fileZoomSigned'],
    ['/api/v1/eas/iiif/7/h/forged/original.jpg/info.json', 'iiifInfoSigned'],
    ['/api/v1/eas/iiif/7/h/obj_uuid/r/forged/original.jpg/info.json', 'iiifInfoObjectSigned'],
  ])('%s reaches the operation that refuses the signature', async (path, id) => expect((await ask(app, 'GET', path)).id).toBe(id))
})
