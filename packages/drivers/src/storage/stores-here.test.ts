import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BlobStoreSettings } from '@vitrine/domain/ports/blob-store'
import { expect, it, onTestFinished } from 'vitest'
import { bodyOf, bytesOf, keysIn, troubleOf } from '../conformance/blob-store-bodies.ts'
import { BlobStoresHere } from './index.ts'
import { faults, faultyServer } from './testing/faulty-server.ts'
import { plainAgents } from './testing/services.ts'

const storesIn = (filesRoot: string, fileRoots: readonly string[] = []) => new BlobStoresHere({ agents: plainAgents(), filesRoot, fileRoots })

it('a folder is opened by its settings, and nothing happens in it before it is used', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'vitrine-stores-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  const store = storesIn(path.join(parent, 'files')).open({ kind: 'file', dir: '.' }, 'one/')
  expect(await readdir(parent)).toEqual([])
  await store.check({ write: true })
  await store.put('a', bodyOf(bytesOf(10)))
  expect([await keysIn(store), await readdir(path.join(parent, 'files', 'one'))]).toEqual([['a'], ['a']])
})

it('a folder lies where folders may lie, whatever its path and the links in it say', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'vitrine-stores-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  const [filesRoot, open, secret] = ['files', 'open', 'secret'].map((name) => path.join(parent, name)) as [string, string, string]
  for (const dir of [filesRoot, open, secret]) await mkdir(dir)
  await symlink(secret, path.join(filesRoot, 'link'))
  await symlink(open, path.join(filesRoot, 'fine'))
  const stores = storesIn(filesRoot, [open])
  const dirs = ['..', 'a/../../secret', secret, `${open}/../secret`, `${open}er`, 'link', 'link/deeper', '/']
  for (const dir of dirs) {
    const store = stores.open({ kind: 'file', dir }, 'one/')
    for (const use of [() => store.check({ write: true }), () => store.put('a', bodyOf(bytesOf(1))), () => store.get('a'), () => keysIn(store)])
      await expect(use(), dir).rejects.toMatchObject({ trouble: expect.stringMatching(/^(denied|misconfigured)$/) })
    await expect(store.check({ write: true }), dir).rejects.toMatchObject({ trouble: 'denied' })
  }
  expect([await readdir(secret), await readdir(parent)]).toEqual([[], ['files', 'open', 'secret']])
  for (const dir of ['.', 'a/b', 'fine', open, path.join(open, 'c')]) {
    const store = stores.open({ kind: 'file', dir }, 'one/')
    await store.check({ write: true })
    await store.put('a', bodyOf(bytesOf(1)))
    expect(await keysIn(store)).toEqual(['a'])
    await store.remove(['a'])
  }
})

it('stores over a network are opened by their settings, and nothing is asked before they are used', async () => {
  const server = await faultyServer(faults.status(503))
  onTestFinished(() => server.close())
  const connection_string = `BlobEndpoint=${server.url}/account;AccountName=account;AccountKey=a2V5`
  const s3 = { bucket: 'bucket', region: '', accesskey: 'user', secretkey: 'secret', ssl: false, pathstyle: true }
  const swift = { username: 'a:b', password: 'c', temp_url_key: null }
  const places: BlobStoreSettings[] = [
    { kind: 's3', endpoint: server.host, ...s3 },
    { kind: 'azure', container: 'container', connection_string },
    { kind: 'azure', container: 'container', account_name: 'account', account_key: 'a2V5', endpoint_suffix: 'core.windows.net' },
    { kind: 'swift', container: 'container', auth_url: `${server.url}/auth/v1.0`, ...swift },
  ]
  const stores = places.map((settings) => storesIn('nowhere').open(settings, 'one/'))
  expect(stores.map((store) => store.signsUrls)).toEqual([true, true, true, false])
  await Promise.all(stores.map((store) => store.close()))
  expect(server.seen).toEqual([])
})

it('settings that make no sense are told of when a store is used', async () => {
  const open = (settings: BlobStoreSettings) => storesIn('nowhere').open(settings, '')
  const s3 = { kind: 's3', bucket: 'bucket', region: '', accesskey: 'user', secretkey: 'secret', ssl: false, pathstyle: true } as const
  const swift = { kind: 'swift', container: 'container', username: 'a:b', password: 'c', temp_url_key: null } as const
  const places: BlobStoreSettings[] = [
    { ...s3, endpoint: 'https://s3.example.org' },
    { ...s3, endpoint: 'no host' },
    { ...s3, endpoint: 'user:secret@s3.example.org' },
    { ...s3, endpoint: 's3.example.org', bucket: 'Not a bucket' },
    { kind: 'azure', container: 'container', connection_string: 'AccountName=account' },
    { kind: 'azure', container: 'container', account_name: 'not a name', account_key: 'a2V5', endpoint_suffix: 'core.windows.net' },
    { ...swift, auth_url: 'swift.example.org' },
    { ...swift, auth_url: 'https://swift.example.org/v2.0' },
    { ...swift, auth_url: 'https://swift.example.org/v3', username: 'nobody' },
    { ...swift, auth_url: 'https://swift.example.org/v3', container: 'a/b' },
  ]
  for (const settings of places) {
    const store = open(settings)
    expect(await troubleOf(store.check({ write: true })), JSON.stringify(settings)).toBe('misconfigured')
    expect(await troubleOf(store.put('a', bodyOf(bytesOf(1))))).toBe('misconfigured')
  }
})
