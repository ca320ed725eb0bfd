import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { bodyOf, bytesOf, keysIn } from '../conformance/blob-store-bodies.ts'
import { BlobStoresHere } from './index.ts'

it('a folder is opened by its settings, and nothing happens in it before it is used', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'vitrine-stores-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  const store = new BlobStoresHere({ filesRoot: path.join(parent, 'files') }).open({ kind: 'file', dir: '.' }, 'one/')
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
  const stores = new BlobStoresHere({ filesRoot, fileRoots: [open] })
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
