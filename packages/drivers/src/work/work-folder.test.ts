import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WorkFolder } from './work-folder.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'vitrine-work-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

async function* chunks(...texts: string[]) {
  for (const chunk of texts) yield Buffer.from(chunk)
}
const left = async () => (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())

describe('a folder for work', () => {
  it('holds a copy for as long as the work takes', async () => {
    const work = new WorkFolder(dir)
    let at = ''
    const content = await work.withCopy(chunks('one ', 'two'), async (file) => {
      at = file.path
      return [await readFile(file.path, 'utf8'), await text(work.read(file))]
    })
    expect(content).toEqual(['one two', 'one two'])
    expect(existsSync(at)).toBe(false)
  })

  it('keeps nothing of work that fails, nor of a body that does', async () => {
    const work = new WorkFolder(dir)
    await expect(work.withCopy(chunks('x'), () => Promise.reject(new Error('too hard')))).rejects.toThrow('too hard')
    const broken = async function* () {
      yield Buffer.from('half')
      throw new Error('broke off')
    }
    await expect(work.withCopy(broken(), async () => 'never')).rejects.toThrow('broke off')
    await expect(
      work.withTarget(async (file) => {
        await writeFile(file.path, 'made')
        throw new Error('changed its mind')
      }),
    ).rejects.toThrow('changed its mind')
    expect(await left()).toEqual([])
  })

  it('clears away what processes have left that are gone, and nothing of those that are not', async () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid
    for (const pid of [gone, process.ppid]) {
      await mkdir(path.join(dir, String(pid)))
      await writeFile(path.join(dir, String(pid), 'file'), 'left')
    }
    await new WorkFolder(dir).tidy()
    expect((await left()).map(({ parentPath }) => path.basename(parentPath))).toEqual([String(process.ppid)])
  })
})
