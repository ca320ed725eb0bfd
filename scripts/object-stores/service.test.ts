/** Starting and stopping, with a small server in the place of a large one. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CannotInstall, ServiceRunner, type Service } from './service.ts'

const SERVER = "require('node:http').createServer((_, response) => response.end(String(process.pid))).listen(process.argv[1], '127.0.0.1')"

function little(more: Partial<Service> = {}): Service {
  return {
    name: 'little',
    ports: 1,
    install: () => Promise.resolve(),
    prepare: (_programs, _dir, port) => ({
      command: process.execPath,
      args: ['-e', SERVER, String(port)],
      env: {},
      settings: { URL: `http://127.0.0.1:${port}` },
    }),
    answers: async (settings) => (await fetch(settings['URL'] ?? '')).ok,
    ...more,
  }
}
const pidOf = async (settings: Readonly<Record<string, string>>) => Number(await (await fetch(settings['URL'] ?? '')).text())
const silent = () => undefined

let folder: string
const runner = (service: Service) => new ServiceRunner(service, folder, folder)
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vitrine-services-test-'))
})
afterEach(async () => {
  await runner(little()).stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('a server for tests', () => {
  it('is started once although several ask for it', async () => {
    const all = await Promise.all([1, 2, 3].map(() => runner(little()).start(silent)))
    expect(new Set(all.map((settings) => settings['URL'])).size).toBe(1)
    expect(await runner(little()).status()).toEqual(all[0])
  })

  it('is started again after it has been killed', async () => {
    const first = await pidOf(await runner(little()).start(silent))
    process.kill(first, 'SIGKILL')
    await expect.poll(() => runner(little()).status()).toBeNull()
    expect(await pidOf(await runner(little()).start(silent))).not.toBe(first)
  })

  it('leaves nothing behind but its log when it is stopped', async () => {
    await runner(little()).start(silent)
    await runner(little()).stop()
    expect(await runner(little()).status()).toBeNull()
    expect(readdirSync(folder)).toEqual(['little.log'])
  })

  it('shows its last words when it ends at once', async () => {
    const prepare = () => ({ command: process.execPath, args: ['-e', "console.error('no such thing'); process.exit(7)"], env: {}, settings: {} })
    const answers = () => Promise.resolve(false)
    await expect(runner(little({ prepare, answers })).start(silent)).rejects.toThrow(/little ended at once: no such thing/)
  })

  it('is not started where it cannot be installed', async () => {
    const install = () => Promise.reject(new CannotInstall('there is no network'))
    await expect(runner(little({ install })).start(silent)).rejects.toThrow(CannotInstall)
    expect(await runner(little()).status()).toBeNull()
  })
})
