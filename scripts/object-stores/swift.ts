/** OpenStack Swift: one proxy and one server for accounts, containers and objects each, and memcached for its tokens. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { debianPackages } from './install.ts'
import type { Service } from './service.ts'
import { swiftFiles } from './swift-files.ts'

const PACKAGES = ['swift-proxy', 'swift-account', 'swift-container', 'swift-object', 'memcached']
const ANSWER_MS = 20_000
const folderOf = (programs: string) => path.join(programs, 'swift')

export const SWIFT: Service = {
  name: 'swift',
  ports: 5,
  install: (programs) => debianPackages(folderOf(programs), PACKAGES),
  prepare(programs, dir, firstPort) {
    const key = randomBytes(16).toString('hex')
    const ports = { proxy: firstPort, account: firstPort + 1, container: firstPort + 2, object: firstPort + 3, memcached: firstPort + 4 }
    const disk = path.join(dir, 'devices', 'd1')
    mkdirSync(disk, { recursive: true })
    for (const [name, text] of Object.entries(swiftFiles(dir, ports, key))) writeFileSync(path.join(dir, name), text, { mode: 0o600 })
    const endpoint = `http://127.0.0.1:${ports.proxy}`
    return {
      command: programOf(programs, 'python3'),
      args: [path.join(import.meta.dirname, 'serve_swift.py'), JSON.stringify({ dir, ports, memcached: programOf(programs, 'memcached') })],
      env: environment(folderOf(programs)),
      settings: {
        SWIFT_AUTH_URL: `${endpoint}/auth/v1.0`,
        SWIFT_AUTH_USER: 'test:tester',
        SWIFT_AUTH_KEY: key,
        S3_ENDPOINT: endpoint,
        S3_REGION: 'us-east-1',
        S3_ACCESS_KEY: 'test:tester',
        S3_SECRET_KEY: key,
      },
    }
  },
  /** The first answered question to the account makes it. */
  async answers({ SWIFT_AUTH_URL, SWIFT_AUTH_USER, SWIFT_AUTH_KEY }) {
    const signal = AbortSignal.timeout(ANSWER_MS)
    const headers = { 'X-Auth-User': SWIFT_AUTH_USER ?? '', 'X-Auth-Key': SWIFT_AUTH_KEY ?? '' }
    const entered = await fetch(SWIFT_AUTH_URL ?? '', { headers, signal })
    await entered.body?.cancel()
    if (entered.status !== 200) return false
    const token = { 'X-Auth-Token': entered.headers.get('x-auth-token') ?? '' }
    const account = await fetch(entered.headers.get('x-storage-url') ?? '', { method: 'POST', headers: token, signal })
    await account.body?.cancel()
    return account.status === 204
  },
}

/** The unpacked program, or the system's own if that was there already and so has not been unpacked. */
function programOf(programs: string, name: string): string {
  const unpacked = path.join(folderOf(programs), 'usr', 'bin', name)
  return existsSync(unpacked) ? unpacked : `/usr/bin/${name}`
}

function environment(folder: string): Record<string, string> {
  const libraries = ['lib', 'usr/lib']
    .map((part) => path.join(folder, part))
    .filter((part) => existsSync(part))
    .flatMap((part) =>
      readdirSync(part)
        .filter((name) => name.includes('-linux-'))
        .map((name) => path.join(part, name)),
    )
  return {
    PATH: '/usr/bin:/bin',
    LD_LIBRARY_PATH: libraries.join(':'),
    PYTHONPATH: path.join(folder, 'usr', 'lib', 'python3', 'dist-packages'),
    PYTHONUNBUFFERED: '1',
    // The resolver of the servers' network library waits for a name server even for "localhost".
    EVENTLET_NO_GREENDNS: 'yes',
  }
}
