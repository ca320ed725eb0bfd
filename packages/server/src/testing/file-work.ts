/** Background work on files in tests, done when a test says so: everything that a file waits for, one job after the other. */
import type { TestInstance, TestServer } from './test-server.ts'

interface Told {
  readonly _id: number
  readonly status: string
  readonly status_msg?: string
  readonly versions: Readonly<Record<string, { readonly _id: number; readonly status: string }>>
}

export async function workOn<T extends Told = Told>(server: TestServer, { id: instance, api }: TestInstance, fileId: number): Promise<T> {
  const run = (name: 'file-import' | 'file-process' | 'file-produce', file: number) =>
    server.jobs[name]({ instance, payload: { file }, key: '', signal: new AbortController().signal, last: true })
  const read = async () => (await api<T>('GET', `/api/v1/eas/${fileId}?format=long`)).body
  const first = await read()
  if (first.status === 'pending') await run(first.versions['original'] ? 'file-import' : 'file-produce', fileId)
  await run('file-process', fileId)
  for (let file = await read(); ; file = await read()) {
    const next = Object.values(file.versions).find(({ _id: id, status }) => id !== fileId && status === 'pending')
    if (!next) return file
    await run('file-produce', next._id)
  }
}
