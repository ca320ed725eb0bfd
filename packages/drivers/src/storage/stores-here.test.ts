import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { bodyOf, bytesOf, keysIn } from '../conformance/blob-store-bodies.ts'
import { BlobStoresHere } from './index.ts'

it('a folder is opened by its settings, and nothing happens in it before it is used', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'vitrine-stores-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  const store = new BlobStoresHere({ filesRoot: '/nowhere' }).open({ kind: 'file', dir: path.join(parent, 'files') }, 'one/')
  expect(await readdir(parent)).toEqual([])
  await store.check({ write: true })
  await store.put('a', bodyOf(bytesOf(10)))
  expect([await keysIn(store), await readdir(path.join(parent, 'files', 'one'))]).toEqual([['a'], ['a']])
})
