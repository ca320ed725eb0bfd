/** Azurite, the emulator of Azure's blob store. It is no dependency of the workspace: it is large, and only tests need it. */
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { npmPackage } from './install.ts'
import type { Service } from './service.ts'

/** Later versions ask for packages that do not go together, and take twice the space. */
const VERSION = '3.36.0'
const ACCOUNT = 'vitrinetests'
const ANSWER_MS = 5000
const folderOf = (programs: string) => path.join(programs, `azurite-${VERSION}`)

export const AZURITE: Service = {
  name: 'azurite',
  ports: 1,
  install: (programs) => npmPackage(folderOf(programs), `azurite@${VERSION}`),
  prepare(programs, dir, port) {
    const key = randomBytes(64).toString('base64')
    const endpoint = `http://127.0.0.1:${port}/${ACCOUNT}`
    const script = path.join(folderOf(programs), 'node_modules', 'azurite', 'dist', 'src', 'blob', 'main.js')
    return {
      command: process.execPath,
      args: [
        script,
        ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', path.join(dir, 'data'), '--silent', '--disableTelemetry'],
        // The client library is often a version ahead of the emulator.
        ...['--skipApiVersionCheck', '--disableProductStyleUrl'],
      ],
      env: { AZURITE_ACCOUNTS: `${ACCOUNT}:${key}` },
      settings: {
        AZURE_ENDPOINT: endpoint,
        AZURE_ACCOUNT: ACCOUNT,
        AZURE_KEY: key,
        AZURE_CONNECTION_STRING: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${key};BlobEndpoint=${endpoint};`,
      },
    }
  },
  async answers({ AZURE_ENDPOINT }) {
    const response = await fetch(AZURE_ENDPOINT ?? '', { signal: AbortSignal.timeout(ANSWER_MS) })
    await response.body?.cancel()
    return (response.headers.get('server') ?? '').startsWith('Azurite-Blob')
  },
}
