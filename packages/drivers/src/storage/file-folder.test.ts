/** What only a folder can do to its store: links, strangers, missing disks, full disks, and dying in the middle of it. */
import { execFile, spawn } from 'node:child_process'
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { BlobTrouble } from '@vitrine/domain/ports/blob-store'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { bodyOf, bytesOf, endlessBody, keysIn, readAll, sha256Of, troubleOf } from '../conformance/blob-store-bodies.ts'
import { fileFailure } from './file-failures.ts'
import { FileBlobStore } from './file.ts'

const run = promisify(execFile)
const PUTTING = path.join(import.meta.dirname, 'testing', 'putting.ts')

async function folder(): Promise<{ readonly parent: string; readonly dir: string; readonly store: FileBlobStore }> {
  const parent = await mkdtemp(path.join(tmpdir(), 'vitrine-folder-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  const dir = path.join(parent, 'store')
  const store = new FileBlobStore({ dir })
  await store.check({ write: true })
  return { parent, dir, store }
}
const incoming = (dir: string) => readdir(path.join(dir, '.incoming'))

describe('a folder of objects', () => {
  it('holds each as a file of its own that other programs can read', async () => {
    const { dir, store } = await folder()
    await store.put('3f/a9/one.jpeg', bodyOf(bytesOf(100)))
    expect(await readFile(path.join(dir, '3f', 'a9', 'one.jpeg'))).toEqual(bytesOf(100))
    expect((await readdir(dir)).toSorted()).toEqual(['.incoming', '3f'])
  })

  it('may itself be reached through a link', async () => {
    const { parent, dir, store } = await folder()
    await symlink(dir, path.join(parent, 'link'))
    await new FileBlobStore({ dir: path.join(parent, 'link') }).put('a', bodyOf(bytesOf(10)))
    expect(await readAll(await store.get('a'))).toEqual(bytesOf(10))
  })

  it('is not left through a link inside it', async () => {
    const { parent, dir, store } = await folder()
    const outside = path.join(parent, 'outside')
    await mkdir(outside)
    await writeFile(path.join(outside, 'secret'), 'secret')
    await symlink(outside, path.join(dir, 'out'))
    await symlink(path.join(outside, 'secret'), path.join(dir, 'secret'))
    const through: BlobTrouble[] = []
    through.push(await troubleOf(store.get('out/secret')), await troubleOf(store.head('out/secret')))
    through.push(await troubleOf(store.remove(['out/secret'])), await troubleOf(store.put('out/new', bodyOf(bytesOf(1)))))
    through.push(await troubleOf(store.get('secret')))
    expect(through).toEqual(['denied', 'denied', 'denied', 'denied', 'denied'])
    expect([await store.head('secret'), await keysIn(store)]).toEqual([null, []])
    await store.remove(['secret'])
    expect(await readdir(outside)).toEqual(['secret'])
  })

  it('refuses to write where what is being written would lie elsewhere', async () => {
    const { parent, dir, store } = await folder()
    await rm(path.join(dir, '.incoming'), { recursive: true })
    await mkdir(path.join(parent, 'elsewhere'))
    await symlink(path.join(parent, 'elsewhere'), path.join(dir, '.incoming'))
    expect(await troubleOf(store.put('a', bodyOf(bytesOf(1))))).toBe('denied')
    expect(await troubleOf(store.tidy(0))).toBe('denied')
  })

  it('takes no strangers for objects: odd names, devices, pipes, folders', async () => {
    const { dir, store } = await folder()
    await store.put('a/b', bodyOf(bytesOf(1)))
    for (const name of ['.hidden', 'not a key', 'half%', '%6b', 'ü']) await writeFile(path.join(dir, name), 'x')
    await run('mkfifo', [path.join(dir, 'pipe')])
    expect(await keysIn(store)).toEqual(['a/b'])
    for (const key of ['pipe', 'a']) {
      expect(await troubleOf(store.get(key))).toBe('not-found')
      expect(await store.head(key)).toBeNull()
      await store.remove([key])
    }
    expect(await troubleOf(store.put('a', bodyOf(bytesOf(1))))).toBe('denied')
    expect(await troubleOf(store.put('a/b/c', bodyOf(bytesOf(1))))).toBe('denied')
    expect([await keysIn(store), await incoming(dir)]).toEqual([['a/b'], []])
  })

  it('that is empty because its disk is missing has lost nothing and takes nothing', async () => {
    const { parent, dir, store } = await folder()
    await store.put('a', bodyOf(bytesOf(10)))
    await rename(dir, path.join(parent, 'away'))
    for (const step of [() => undefined, () => mkdir(dir)]) {
      await step()
      const reading = [store.get('a'), store.head('a'), keysIn(store), store.check({ write: false })]
      const changing = [store.remove(['a']), store.put('b', bodyOf(bytesOf(1))), store.tidy(0)]
      expect(await Promise.all([...reading, ...changing].map(troubleOf))).toEqual(Array(7).fill('misconfigured'))
    }
    await rm(dir, { recursive: true })
    await rename(path.join(parent, 'away'), dir)
    expect(await keysIn(store)).toEqual(['a'])
    await store.put('b', bodyOf(bytesOf(1)))
  })

  it('can be read although it was never prepared for writing', async () => {
    const { dir, store } = await folder()
    await store.put('x/a', bodyOf(bytesOf(10)))
    await rm(path.join(dir, '.incoming'), { recursive: true })
    await store.check({ write: false })
    await store.tidy(0)
    expect([await keysIn(store), await store.head('b')]).toEqual([['x/a'], null])
    expect(await troubleOf(store.put('b', bodyOf(bytesOf(1))))).toBe('misconfigured')
  })

  it('tells that an object was cut while it is read', async () => {
    const { dir } = await folder()
    const store = new FileBlobStore({ dir, readBytes: 1000 })
    await store.put('a', bodyOf(bytesOf(100_000)))
    const stream = await store.get('a')
    await truncate(path.join(dir, 'a'), 50_000)
    expect(await troubleOf(readAll(stream))).toBe('corrupt')
  })

  it('tells before there is a stream that an object is shorter than the part asked for', async () => {
    const { store } = await folder()
    await store.put('a', bodyOf(bytesOf(100)))
    expect(await troubleOf(store.get('a', { range: { start: 50, length: 51 } }))).toBe('corrupt')
  })

  it('is read in chunks that have their memory to themselves', async () => {
    const { store } = await folder()
    await store.put('a', bodyOf(bytesOf(700_000)))
    for await (const chunk of await store.get('a')) expect((chunk as Buffer).buffer.byteLength).toBe((chunk as Buffer).byteLength)
  })

  it('keeps reading an object that is removed meanwhile', async () => {
    const { store } = await folder()
    await store.put('a', bodyOf(bytesOf(100_000)))
    const stream = await store.get('a')
    await store.remove(['a'])
    expect(await readAll(stream)).toEqual(bytesOf(100_000))
  })

  it('is tidied of what is old, and of nothing else', async () => {
    const { dir, store } = await folder()
    const [old, young] = ['old', 'young'].map((name) => path.join(dir, '.incoming', name)) as [string, string]
    for (const file of [old, young]) await writeFile(file, 'left behind')
    await utimes(old, new Date(0), new Date(Date.now() - 3_700_000))
    await link(old, path.join(dir, 'old'))
    await store.tidy(3_600_000)
    expect([await incoming(dir), await keysIn(store)]).toEqual([['young'], ['old']])
  })

  it('removes what it has begun when it fails', async () => {
    const { dir, store } = await folder()
    const controller = new AbortController()
    const { body, reached } = endlessBody(bytesOf(5_000_000))
    const put = troubleOf(store.put('a/b/c', body, { signal: controller.signal }))
    await reached
    expect(await incoming(dir)).toHaveLength(1)
    controller.abort()
    expect([await put, await incoming(dir), await readdir(dir)]).toEqual(['aborted', [], ['.incoming']])
  })
})

describe('a disk', () => {
  it('says in its errors what a store says in its own', () => {
    const troubles = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EACCES', 'EPERM', 'EROFS', 'EIO', 'ESTALE', 'EMFILE'].map(
      (code) => fileFailure(Object.assign(new Error(code), { code })).trouble,
    )
    expect(troubles).toEqual([...Array(3).fill('full'), ...Array(3).fill('denied'), ...Array(3).fill('unavailable')])
  })

  it('that takes no more is full, and nothing is to be seen of what did not fit', async () => {
    const { dir, store } = await folder()
    // The system lets this process write no file of more than 8 blocks, which are of 512 bytes or 1 KiB: less than is written at once.
    for (const size of [10_000, 200_000]) {
      const { stdout } = await run('sh', ['-c', 'ulimit -f 8; exec "$@"', 'sh', process.execPath, PUTTING, dir, 'large', String(size)])
      const told = stdout.trim().split('\n')
      expect(told.map((line) => (JSON.parse(line) as { trouble?: string }).trouble)).toEqual(Array(4).fill('full'))
    }
    expect([await keysIn(store), await incoming(dir)]).toEqual([[], []])
  })

  it('holds after a kill everything that was promised, and nothing that is half', async () => {
    const { dir, store } = await folder()
    const promised = new Map<string, string>()
    for (const round of [1, 2, 3]) {
      const child = spawn(process.execPath, [PUTTING, dir, `round-${round}`, '150001'], { stdio: ['ignore', 'pipe', 'inherit'] })
      const ended = new Promise((resolve) => child.once('close', resolve))
      createInterface(child.stdout).on('line', (line) => {
        const { key, sha256 } = JSON.parse(line) as { key: string; sha256: string }
        promised.set(key, sha256)
        if (promised.size >= round * 15) child.kill('SIGKILL')
      })
      await ended
    }
    expect(promised.size).toBeGreaterThanOrEqual(45)
    const found = await keysIn(store)
    expect(found).toEqual(expect.arrayContaining([...promised.keys()]))
    for (const key of found) {
      const bytes = await readAll(await store.get(key))
      expect(sha256Of(bytes)).toBe(promised.get(key) ?? sha256Of(Buffer.alloc(150_001, Number(key.split('/').at(-1)))))
    }
    await vi.waitUntil(async () => (await store.tidy(0), (await incoming(dir)).length === 0), { timeout: 30_000 })
    expect(await keysIn(store)).toEqual(found)
  })
})
