import { ContractChecker } from '@vitrine/contract/check'
import { adminBytes, adminOperations, adminValidators, type AdminSchemas } from '@vitrine/contract/admin'
import { InstanceService, type InstanceSeed } from '@vitrine/domain/instances/instances'
import { PostgresInstances } from '@vitrine/drivers/postgres'
import { testDatabase, type TestDatabase } from '@vitrine/drivers/testing'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createAdminApp } from './admin-app.ts'
import { Passphrase } from './admin-middleware/passphrase.ts'
import { Lifecycle } from './lifecycle.ts'
import { createLogger } from './log.ts'
import { recordSeen } from './testing/seen.ts'

type Answer = AdminSchemas['InstanceAnswer']
type ListAnswer = AdminSchemas['InstanceListAnswer']
// Its clock stands still: on a slow machine ten guesses take longer than a right passphrase is remembered.
const passphrase = await Passphrase.fromText('correct horse', () => 0)
const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}` })
const checker = new ContractChecker(adminValidators, adminOperations, { codes: false })

afterAll(() => recordSeen([...checker.seen]))

const opened: TestDatabase[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((db) => db.close()))
})

/** The whole API over a database of its own, since lists speak about all instances. Every answer is judged by the document. */
async function admin(seeds: InstanceSeed[] = []) {
  const db = await testDatabase()
  opened.push(db)
  const store = new PostgresInstances(db.database)
  const instances = new InstanceService({
    store,
    remains: { note: async () => undefined, clear: async () => undefined },
    seeds,
    defaultDomain: '',
    graceMs: 0,
  })
  const lifecycle = new Lifecycle(() => db.database.ping())
  lifecycle.enter('ready')
  const app = createAdminApp({ instances, passphrase, lifecycle, log: createLogger('silent'), version: '1.2.3' })
  const send = async (method: string, path: string, headers: Record<string, string> = basic('correct horse'), judged = true, body?: string) => {
    const url = `http://localhost:6060${path}`
    const response = await app.request(url, { method, headers, ...(body !== undefined && { body }) })
    if (judged) await checker.check({ method, url }, response)
    return response
  }
  const create = async (query: Record<string, string>) => {
    const response = await send('POST', `/instances?${new URLSearchParams(query)}`)
    expect(response.status).toBe(201)
    return ((await response.json()) as Answer).data
  }
  const failure = async (method: string, path: string, headers?: Record<string, string>, body?: string) => {
    const response = await send(method, path, headers, true, body)
    const { errors } = (await response.json()) as AdminSchemas['JsonApiErrors']
    expect(errors[0]?.status).toBe(String(response.status))
    return errors[0]
  }
  return { store, instances, lifecycle, send, create, failure }
}

describe('the passphrase of the administration API', () => {
  it('is asked for, and must be right', async () => {
    const { send } = await admin()
    for (const { method, path } of adminOperations.filter(({ right }) => right !== 'public')) {
      const at = path.replace('{domain}', 'a.example')
      const without = await send(method.toUpperCase(), at, {})
      expect([without.status, await without.text(), without.headers.get('www-authenticate')]).toEqual([
        401,
        'missing basic auth',
        expect.stringContaining('Basic'),
      ])
      const wrong = await send(method.toUpperCase(), at, basic('wrong'))
      expect([wrong.status, await wrong.text()]).toEqual([403, 'bad passphrase'])
    }
    expect((await send('GET', '/instances', { authorization: 'Basic !!!' })).status).toBe(403)
    expect((await send('GET', '/instances')).status).toBe(200)
  })

  it('slows down whoever keeps guessing, but not whoever knows it', async () => {
    const { send } = await admin()
    await send('GET', '/instances/count')
    for (let i = 0; i < 10; i++) expect((await send('GET', '/instances/count', basic(`guess ${i}`))).status).toBe(403)
    const refused = await send('GET', '/instances/count', basic('guess 11'))
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true])
    expect((await send('GET', '/instances/count')).status).toBe(200)
  })

  it('is not needed to ask for health, readiness or the document', async () => {
    const { send, lifecycle } = await admin()
    for (const path of ['/healthz', '/readyz']) expect((await send('GET', path, {})).status).toBe(200)
    expect(Buffer.from(await (await send('GET', '/openapi.json', {})).arrayBuffer()).equals(adminBytes)).toBe(true)
    lifecycle.enter('stopping')
    expect((await send('GET', '/readyz', {})).status).toBe(503)
    expect((await send('GET', '/version', {})).status).toBe(401)
    expect(await (await send('GET', '/version')).json()).toMatchObject({ version: '1.2.3' })
  })
})

describe('failures of the listener', () => {
  it('take the form that the client accepts', async () => {
    const { send } = await admin()
    const forms = await Promise.all(
      ['application/json', 'text/html', '*/*'].map((accept) => send('GET', '/nowhere', { ...basic('correct horse'), accept })),
    )
    expect(forms.map((f) => [f.status, f.headers.get('content-type')])).toEqual([
      [404, 'application/json'],
      [404, 'text/html; charset=utf-8'],
      [404, 'text/plain; charset=utf-8'],
    ])
    expect(await forms[0]?.json()).toEqual({ error: 'Not Found' })
    const method = await send('PUT', '/instances')
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'GET, POST'])
  })

  it('have no body for HEAD', async () => {
    const { send } = await admin()
    for (const path of ['/instances', '/instances/nobody.example', '/nowhere']) expect(await (await send('HEAD', path)).text()).toBe('')
  })
})

describe('creating an instance', () => {
  it('answers it whole, with a register token but no other secret', async () => {
    const { create, send } = await admin()
    const made = await create({
      Domain: 'Omar.assets.example',
      DomainAliases: 'b.example, c.example,',
      DiskQuota: '5000000000',
      OrgDomain: 'org.example',
      OrgID: '7',
      feature_sets: 'one,two',
      Settings: 'partner:x,context:museum,tos:20250110',
      Apps: 'drive,photos',
      Sponsorships: 's',
      AutoUpdate: 'F',
    })
    const { register_token, ...attributes } = made.attributes
    expect(attributes).toEqual({
      domain: 'omar.assets.example',
      domain_aliases: ['b.example', 'c.example'],
      prefix: 'cozyf21701e5ebf96d50d3c78a50983cc6cd',
      locale: 'en',
      context: 'museum',
      tos: '1.0.0-20250110',
      org_domain: 'org.example',
      org_id: '7',
      disk_quota: '5000000000',
      feature_sets: ['one', 'two'],
      sponsorships: ['s'],
      no_auto_update: true,
      password_defined: false,
      indexes_version: 38,
      registration_pending: true,
    })
    expect(Buffer.from(register_token ?? '', 'base64')).toHaveLength(16)
    expect(made.meta).toEqual({ rev: expect.stringMatching(/^2-[0-9a-f]{32}$/) as string, apps_errors: ['drive', 'photos'] })
    for (const name of ['omar.assets.example', 'C.example', made.id]) {
      const response = await send('GET', `/instances/${name}`)
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/vnd.api+json'])
      expect((await response.json()) as Answer).toEqual({ data: { ...made, attributes, meta: { rev: made.meta.rev } } })
    }
  })

  it('needs no register token when the owner has a password or signs in elsewhere', async () => {
    const passphrases: (string | null)[] = []
    const { create } = await admin([async (_, given) => void passphrases.push(given)])
    const own = await create({ Domain: 'a.example', Passphrase: 'open sesame' })
    const elsewhere = await create({ Domain: 'b.example', MagicLink: 'true' })
    expect(
      [own, elsewhere].map(({ attributes: a }) => [a.register_token, a.password_defined, a.onboarding_finished, a.registration_pending]),
    ).toEqual([
      [undefined, true, true, false],
      [undefined, false, true, false],
    ])
    expect(passphrases).toEqual(['open sesame', null])
  })

  it('refuses names that are taken or cannot be', async () => {
    const { create, failure } = await admin()
    await create({ Domain: 'a.example', DomainAliases: 'b.example' })
    for (const query of ['Domain=A.example', 'Domain=b.example', 'Domain=c.example&DomainAliases=b.example'])
      expect(await failure('POST', `/instances?${query}`)).toEqual({ status: '409', title: 'Conflict', detail: 'Instance already exists' })
    for (const domain of ['a%20b', '.a', 'count', 'a%2Fb', ''])
      expect(await failure('POST', `/instances?Domain=${domain}`)).toEqual({
        status: '422',
        title: 'Invalid Parameter',
        detail: 'Domain name contains illegal characters',
        source: { parameter: 'domain' },
      })
  })

  it('refuses numbers and switches it cannot read, and values it cannot use, naming the parameter', async () => {
    const { failure, send } = await admin()
    for (const [query, parameter] of [
      ['DiskQuota=much', 'DiskQuota'],
      ['AutoUpdate=maybe', 'AutoUpdate'],
      ['KdfIterations=10', 'KdfIterations'],
      ['SwiftLayout=0', 'SwiftLayout'],
      ['CouchCluster=9', 'CouchCluster'],
      ['Key=k', 'Key'],
    ])
      expect(await failure('POST', `/instances?Domain=a.example&${query}`)).toMatchObject({
        status: '422',
        title: 'Invalid Parameter',
        source: { parameter },
      })
    expect(await failure('POST', '/instances')).toMatchObject({ status: '422' })
    expect(await (await send('GET', '/instances/count')).json()).toEqual({ count: 0 })
  })

  it('says nothing internal when it fails, and leaves nothing behind', async () => {
    const { failure, instances } = await admin([() => Promise.reject(new Error('secret detail'))])
    const told = await failure('POST', '/instances?Domain=a.example')
    expect(told).toMatchObject({ status: '500', title: 'Unqualified error' })
    expect(JSON.stringify(told)).not.toContain('secret')
    expect(await instances.count()).toBe(0)
  })
})

describe('opening closed places to an instance', () => {
  const json = { ...basic('correct horse'), 'content-type': 'application/json' }

  it('replaces the list as a whole, tells it with the instance, and keeps everything else', async () => {
    const { create, send } = await admin()
    const made = await create({ Domain: 'a.example', Passphrase: 'open sesame', Settings: 'partner:x,context:museum' })
    expect(made.attributes.open_hosts).toBeUndefined()
    const replace = async (open_hosts: string[]) => {
      const response = await send('PUT', '/instances/A.example/open-hosts', json, true, JSON.stringify({ open_hosts }))
      expect(response.status).toBe(200)
      return ((await response.json()) as Answer).data
    }
    const opened = await replace([' store.intern:9000', '10.0.0.5:9000', '[fd00::5]:443', 'STORE.intern:9000', 'store.intern:9001'])
    expect(opened.attributes).toEqual({
      ...made.attributes,
      open_hosts: ['store.intern:9000', '10.0.0.5:9000', '[fd00::5]:443', 'store.intern:9001'],
    })
    expect(Number.parseInt(opened.meta.rev)).toBe(Number.parseInt(made.meta.rev) + 1)
    const read = (await (await send('GET', `/instances/${made.id}`)).json()) as Answer
    expect(read.data).toEqual(opened)
    expect((await replace([])).attributes).toEqual(made.attributes)
  })

  it('refuses what is no place, and changes nothing then', async () => {
    const { create, send, failure } = await admin()
    await create({ Domain: 'a.example' })
    for (const place of [
      'store.intern',
      '10.0.0.0/8',
      '10.0.0.0/8:80',
      '',
      '*.intern:80',
      'http://store.intern:80',
      'a b:80',
      '010.0.0.1:80',
      'store.intern:0',
    ])
      expect(await failure('PUT', '/instances/a.example/open-hosts', json, JSON.stringify({ open_hosts: ['fine.intern:80', place] }))).toMatchObject({
        status: '422',
        source: { parameter: 'open_hosts' },
        detail: expect.stringContaining(JSON.stringify(place)) as string,
      })
    for (const body of [
      '{}',
      '{"open_hosts":"a:80"}',
      '{"open_hosts":[80]}',
      `{"open_hosts":${JSON.stringify(Array.from({ length: 101 }, (_, n) => `a:${n + 1}`))}}`,
    ])
      expect((await send('PUT', '/instances/a.example/open-hosts', json, true, body)).status).toBe(400)
    expect(((await (await send('GET', '/instances/a.example')).json()) as Answer).data.attributes.open_hosts).toBeUndefined()
  })

  it('is not possible for an instance that is gone or going', async () => {
    const { create, failure, store } = await admin()
    const body = JSON.stringify({ open_hosts: [] })
    expect(await failure('PUT', '/instances/a.example/open-hosts', json, body)).toMatchObject({ status: '404' })
    const { id } = await create({ Domain: 'a.example' })
    await store.markDeleting(id)
    expect(await failure('PUT', '/instances/a.example/open-hosts', json, body)).toMatchObject({ status: '409' })
    expect(await store.replaceOpenHosts(id, ['a.intern:80'])).toBe(false)
  })
})

describe('listing instances', () => {
  it('answers all of them, or pages that lead to each other', async () => {
    const { create, send } = await admin()
    const list = async (query: string) => (await (await send('GET', `/instances${query}`)).json()) as ListAnswer
    expect(await list('')).toEqual({ data: [], meta: { count: 0 } })
    const ids: string[] = []
    for (const name of ['a', 'b', 'c']) ids.push((await create({ Domain: `${name}.example`, Passphrase: 'open sesame' })).id)
    ids.sort()
    const all = await list('')
    expect([all.data.map((i) => i.id), all.meta, all.links]).toEqual([ids, { count: 3 }, undefined])
    const first = await list('?page%5Blimit%5D=2')
    expect([first.data.map((i) => i.id), first.meta.count, first.links?.next]).toEqual([
      ids.slice(0, 2),
      2,
      `/instances?page[limit]=2&page[cursor]=${ids[2]}`,
    ])
    const second = await list((first.links?.next ?? '').slice('/instances'.length))
    expect([second.data.map((i) => i.id), second.links]).toEqual([ids.slice(2), undefined])
    expect((await list('?page[limit]=1&page[skip]=1')).data.map((i) => i.id)).toEqual([ids[1]])
    for (const limit of ['0', '-1', 'x']) expect((await list(`?page[limit]=${limit}`)).meta.count).toBe(3)
    expect(JSON.stringify(all)).not.toContain('register_token')
  })
})

describe('long answers', () => {
  it('are compressed when the client asks for it', async () => {
    const { create, send } = await admin()
    await create({ Domain: 'a.example' })
    const url = 'http://localhost:6060/instances'
    const packed = await send('GET', '/instances', { ...basic('correct horse'), 'accept-encoding': 'gzip' }, false)
    expect([packed.headers.get('content-encoding'), packed.headers.get('vary')]).toEqual(['gzip', 'Accept-Encoding'])
    const unpacked = new Response(packed.body?.pipeThrough(new DecompressionStream('gzip')), { headers: packed.headers })
    await checker.check({ method: 'GET', url }, unpacked)
    expect(((await unpacked.json()) as ListAnswer).meta.count).toBe(1)
  })
})

describe('destroying an instance', () => {
  it('removes it for good', async () => {
    const { create, send, failure } = await admin()
    await create({ Domain: 'a.example' })
    expect((await send('DELETE', '/instances/A.example')).status).toBe(204)
    for (const method of ['GET', 'DELETE'])
      expect(await failure(method, '/instances/a.example')).toEqual({ status: '404', title: 'Not Found', detail: 'Instance not found' })
    for (const method of ['GET', 'DELETE'])
      expect(await failure(method, '/instances/a%20b')).toMatchObject({ status: '422', source: { parameter: 'domain' } })
    await create({ Domain: 'a.example' })
  })

  it('is refused while it is under way', async () => {
    const { create, store, failure, send } = await admin()
    const { id } = await create({ Domain: 'a.example' })
    await store.exclusively(id, async () => {
      await store.markDeleting(id)
      expect(await failure('DELETE', '/instances/a.example')).toEqual({
        status: '409',
        title: 'Conflict',
        detail: 'The deletion has already been requested',
      })
      expect(((await (await send('GET', '/instances/a.example')).json()) as Answer).data.attributes.deleting).toBe(true)
    })
    expect((await send('DELETE', '/instances/a.example')).status).toBe(204)
  })
})

describe('the whole document', () => {
  it('has no declared answer that these tests do not provoke', () => {
    // Reasons: the numbers and texts of a creation are 422 throughout, so nothing is left to be a mere bad request.
    expect(checker.unseen()).toEqual(['instanceCreate 400'])
  })
})
