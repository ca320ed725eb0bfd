/**
 * The real servers that drivers are tested on, started when a test first needs one. Null where one cannot be installed, which is
 * printed; the tests on it are skipped then.
 */
import { execFile } from 'node:child_process'
import { Agent as PlainAgent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Agents } from '../http.ts'

const SCRIPT = path.resolve(import.meta.dirname, '../../../../../scripts/services')
const CANNOT_INSTALL = 4
const PATIENCE_MS = 15 * 60_000

export interface SwiftService {
  readonly authUrl: string
  readonly user: string
  readonly key: string
  readonly s3: { readonly endpoint: string; readonly region: string; readonly accessKey: string; readonly secretKey: string }
}

export interface AzureService {
  readonly endpoint: string
  readonly account: string
  readonly key: string
  readonly connectionString: string
}

export async function swiftService(): Promise<SwiftService | null> {
  const settings = await started('swift')
  if (!settings) return null
  return {
    authUrl: told(settings, 'SWIFT_AUTH_URL'),
    user: told(settings, 'SWIFT_AUTH_USER'),
    key: told(settings, 'SWIFT_AUTH_KEY'),
    s3: {
      endpoint: new URL(told(settings, 'S3_ENDPOINT')).host,
      region: told(settings, 'S3_REGION'),
      accessKey: told(settings, 'S3_ACCESS_KEY'),
      secretKey: told(settings, 'S3_SECRET_KEY'),
    },
  }
}

export async function azureService(): Promise<AzureService | null> {
  const settings = await started('azurite')
  if (!settings) return null
  return {
    endpoint: told(settings, 'AZURE_ENDPOINT'),
    account: told(settings, 'AZURE_ACCOUNT'),
    key: told(settings, 'AZURE_KEY'),
    connectionString: told(settings, 'AZURE_CONNECTION_STRING'),
  }
}

/** What a store is given where nothing has to be guarded, and how many connections are in use. */
export function plainAgents(): Agents & { busy(): number; destroy(): void } {
  const plain = new PlainAgent({ keepAlive: true })
  const secure = new SecureAgent({ keepAlive: true })
  const count = (sockets: NodeJS.ReadOnlyDict<readonly unknown[]>) => Object.values(sockets).reduce((sum, list) => sum + (list?.length ?? 0), 0)
  return { plain, secure, busy: () => count(plain.sockets) + count(secure.sockets), destroy: () => (plain.destroy(), secure.destroy()) }
}

async function started(name: string): Promise<ReadonlyMap<string, string> | null> {
  if ((process.env['VITRINE_TEST_WITHOUT'] ?? '').split(',').includes(name)) return null
  try {
    const { stdout } = await promisify(execFile)(SCRIPT, ['start', name], { timeout: PATIENCE_MS })
    return new Map([...stdout.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]))
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string }
    if (code !== CANNOT_INSTALL) throw error
    console.log(`SKIPPED: the tests on ${name}. ${stderr?.trim() ?? ''}`)
    return null
  }
}

function told(settings: ReadonlyMap<string, string>, name: string): string {
  const value = settings.get(name)
  if (value === undefined) throw new Error(`scripts/services does not tell ${name}`)
  return value
}
