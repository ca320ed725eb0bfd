/** A disk that is not mounted leaves an empty folder where the files were. The server starts without it and keeps its hands off. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { instanceFetch } from '../src/judged.ts'
import { dataFolder, ServerProcess } from '../src/server-process.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

async function started(dir: string) {
  const server = await ServerProcess.start(dir)
  cleanups.push(() => server.stop())
  const headers = { authorization: `Bearer ${await server.signIn()}` }
  const call = (method: string, route: string, body?: FormData) =>
    instanceFetch(`${server.url}/api/v1${route}`, { method, headers, ...(body && { body }) })
  const upload = (content: string) => {
    const form = new FormData()
    form.append('file', new File([content], 'a.txt'))
    return call('PUT', '/eas/put', form)
  }
  return { server, call, upload }
}

it('files whose disk is not mounted are neither lost nor replaced', { timeout: 180_000 }, async () => {
  const { dir, remove } = await dataFolder()
  cleanups.push(remove)
  const [files, away] = [path.join(dir, 'files'), path.join(dir, 'unplugged')]
  let at = await started(dir)
  const [{ _id: id, hash }] = (await (await at.upload('kept')).json()) as [{ _id: number; hash: string }]
  const address = `/eas/download/${id}/${hash}/original`
  await at.server.stop()

  await rename(files, away)
  await mkdir(files)
  at = await started(dir)
  const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code]
  expect(await codeOf(await at.call('GET', address))).toEqual([503, 'FileStoreUnavailable'])
  expect(await codeOf(await at.upload('new'))).toEqual([503, 'FileStoreUnavailable'])
  expect((await at.call('GET', `/eas/${id}`)).status).toBe(200)
  expect(await readdir(files)).toEqual([])
  await at.server.stop()

  await rm(files, { recursive: true })
  await rename(away, files)
  at = await started(dir)
  expect(await (await at.call('GET', address)).text()).toBe('kept')
  expect((await at.upload('new')).status).toBe(200)
})
