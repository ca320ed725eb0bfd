import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import type { ImageRecipe, MediaSource } from '@vitrine/domain/ports/media'
import sharp from 'sharp'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { MediaHere, type MediaOptions } from './media-here.ts'
import { WorkerPool } from './pool.ts'
import { failureOf, folder, isAlive, NEVER, noise, quarters } from './testing/files.ts'

const files = folder()
const USER = new URL('./testing/user.ts', import.meta.url).pathname
const INDEX = new URL('./index.ts', import.meta.url).href
const MIB = 1024 * 1024
const WAIT = { timeout: 30_000, interval: 10 }

let good: MediaSource
/** Minutes of arithmetic in a hundred bytes. */
let slow: MediaSource
beforeAll(async () => {
  good = await files.put('good.png', await quarters().png().toBuffer())
  const turbulence = '<filter id="f"><feTurbulence baseFrequency="0.9" numOctaves="200"/></filter><rect width="9000" height="9000" filter="url(#f)"/>'
  slow = await files.put('slow.svg', `<svg xmlns="http://www.w3.org/2000/svg" width="9000" height="9000">${turbulence}</svg>`)
})

const opened: MediaHere[] = []
function media(options: MediaOptions = {}): MediaHere {
  const here = new MediaHere({ processes: 1, ...options })
  opened.push(here)
  return here
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (here) => here.close()))
})

function make(here: MediaHere, source: MediaSource, signal = NEVER, recipe: ImageRecipe = { format: 'png' }) {
  return here.image(source, recipe, files.path('never.png'), signal)
}

async function worksStill(here: MediaHere): Promise<void> {
  expect((await here.read(good, NEVER)).technical).toMatchObject({ width: 64 })
  expect(readdirSync(files.dir).filter((name) => name.startsWith('never'))).toEqual([])
}

/** The process that has the slow file open: the second to start, after the one that recognised it. */
async function busyPid(here: MediaHere): Promise<number> {
  return vi.waitFor(() => {
    const pid = here.pids[1]
    if (pid === undefined) throw new Error('not yet')
    return pid
  }, WAIT)
}

describe('a process that opens files', () => {
  test('is not there before there is one', async () => {
    expect(media().pids).toEqual([])
  })

  test('that dies fails its task and no other', async () => {
    const here = media()
    const failure = failureOf(make(here, slow))
    process.kill(await busyPid(here), 'SIGKILL')
    expect(await failure).toMatchObject({ trouble: 'crashed', message: expect.stringContaining('SIGKILL') })
    await worksStill(here)
  })

  test('is ended when it takes too long', async () => {
    const here = media({ limits: { imageMs: 300 } })
    expect(await failureOf(make(here, slow))).toEqual({ trouble: 'timeout', message: 'it takes longer than 300 ms' })
    await worksStill(here)
  })

  test('is ended when nobody waits for it any more', async () => {
    const here = media()
    const [controller, never] = [new AbortController(), new AbortController()]
    const failure = failureOf(make(here, slow, controller.signal))
    const pid = await busyPid(here)
    controller.abort()
    expect(await failure).toMatchObject({ trouble: 'aborted' })
    expect(isAlive(pid)).toBe(false)
    never.abort()
    expect(await failureOf(here.read(good, never.signal))).toMatchObject({ trouble: 'aborted' })
    await worksStill(here)
  })

  test('is ended when it takes too much memory', async () => {
    const here = media({ limits: { memoryBytes: 200 * MIB } })
    const turned = sharp({ create: { width: 8000, height: 8000, channels: 3, background: '#f00' } }).withMetadata({ orientation: 6 })
    const source = await files.put('turned.jpg', await turned.jpeg().toBuffer())
    expect(await failureOf(make(here, source))).toMatchObject({ trouble: 'too-large', message: expect.stringContaining('memory') })
    await worksStill(here)
  })

  test('is ended when it writes too much', async () => {
    const here = media({ limits: { outputBytes: 100_000 } })
    const source = await files.put('noise.png', await (await noise(1500, 1500)).png().toBuffer())
    expect(await failureOf(make(here, source))).toEqual({ trouble: 'too-large', message: 'the result is larger than 100000 bytes' })
    await worksStill(here)
  })

  test('ends by itself when it has nothing to do', async () => {
    const here = media({ idleMs: 1 })
    await here.read(good, NEVER)
    await vi.waitFor(() => expect(here.pids).toEqual([]), WAIT)
    await worksStill(here)
  })

  test('is used again', async () => {
    const here = media()
    await here.read(good, NEVER)
    const before = here.pids
    await here.read(good, NEVER)
    expect(here.pids).toEqual(before)
  })
})

describe('a pool of processes', () => {
  test('replaces one that has done many tasks', async () => {
    const pool = new WorkerPool({ size: 1, tasksEach: 2, waitMs: 60_000 })
    const pids: number[] = []
    const terms = { signal: NEVER, timeoutMs: 60_000, memoryBytes: 1024 * MIB }
    for (let task = 0; task < 4; task++) {
      const answer = pool.run({ do: 'detect', head: Buffer.from('{"a": 1}') }, terms)
      pids.push(...pool.pids)
      expect(await answer).toMatchObject({ extension: 'json' })
    }
    await pool.close()
    expect(pids.length).toBe(4)
    expect([pids[0] === pids[1], pids[1] === pids[2], pids[2] === pids[3]]).toEqual([true, false, true])
  })
})

describe('a task that waits for a process', () => {
  test('gets one when it is free', async () => {
    const here = media()
    const all = await Promise.all(Array.from({ length: 20 }, async () => here.read(good, NEVER)))
    expect(new Set(all.map(({ technical }) => technical.blurhash)).size).toBe(1)
    expect(here.pids.length).toBe(2)
  })

  test('waits no longer than allowed', async () => {
    const here = media({ limits: { waitMs: 100 } })
    const first = failureOf(make(here, slow))
    await busyPid(here)
    expect(await failureOf(here.read(good, NEVER))).toMatchObject({ trouble: 'timeout', message: expect.stringContaining('free') })
    await here.close()
    expect(await first).toMatchObject({ trouble: 'aborted' })
  })

  test('leaves when nobody waits for it any more', async () => {
    const here = media()
    const controller = new AbortController()
    const first = failureOf(make(here, slow))
    await busyPid(here)
    const second = failureOf(here.read(good, controller.signal))
    await here.detect(Buffer.from('what was asked before has been recognised'))
    controller.abort()
    expect(await second).toMatchObject({ trouble: 'aborted' })
    await here.close()
    expect(await first).toMatchObject({ trouble: 'aborted' })
  })

  test('does not keep types from being told', async () => {
    const here = media()
    const first = failureOf(make(here, slow))
    await busyPid(here)
    expect(await here.detect(Buffer.from('{"a": 1}'))).toMatchObject({ extension: 'json' })
    await here.close()
    expect(await first).toMatchObject({ trouble: 'aborted' })
  })
})

describe('the processes of a program', () => {
  test('are what loads the decoders; the program itself does not', async () => {
    const code = `await import(${JSON.stringify(INDEX)}); console.log(process.report.getReport().sharedObjects.filter((path) => /sharp|vips/.test(path)).length)`
    const program = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    expect(await text(program.stdout)).toBe('0\n')
  })

  test('do not keep it from ending', async () => {
    const user = spawn(process.execPath, [USER, 'end', good.path, 'png'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines: string[] = []
    for await (const line of createInterface({ input: user.stdout })) lines.push(line)
    expect(JSON.parse(lines.join(''))).toMatchObject({ width: 64 })
    if (user.exitCode === null) await once(user, 'exit')
    expect(user.exitCode).toBe(0)
  })

  test('end when it is killed, even in the middle of something', async () => {
    const user = spawn(process.execPath, [USER, 'stay', slow.path, 'svg'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface({ input: user.stdout }), 'line')) as [string]
    const pids = line.split(' ').map(Number)
    expect(pids.length).toBe(2)
    user.kill('SIGKILL')
    for (const pid of pids) await vi.waitFor(() => expect(isAlive(pid)).toBe(false), WAIT)
  })
})

test('a closed driver opens nothing', async () => {
  const here = media()
  await here.close()
  expect(await failureOf(here.read(good, NEVER))).toMatchObject({ trouble: 'aborted' })
  expect(here.pids).toEqual([])
})
