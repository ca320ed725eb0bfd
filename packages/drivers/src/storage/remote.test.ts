/** All stores that are spoken to over HTTP, through a server that misbehaves. */
import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { remoteStoreConformance, type Purpose } from './testing/remote-blob-store.ts'
import { AzureBlobStore } from './azure.ts'
import { PATIENCE } from './http.ts'
import type { PartLimits } from './parts.ts'
import { S3BlobStore } from './s3.ts'
import { SwiftBlobStore } from './swift.ts'
import { azureService, plainAgents, swiftService } from './testing/services.ts'

const [swift, azure] = [await swiftService(), await azureService()]
const PARTS: PartLimits = { partBytes: 40_000, maxPartBytes: 40_000, maxParts: 100, parallel: 2 }
const common = { largeBytes: 100_000, busy: () => agents.busy() }
const agents = plainAgents()

/** What is asked of an object, where the path says that it is about one. */
const ofObject = (method: string): Purpose => ({ PUT: 'write', HEAD: 'look', GET: 'read', DELETE: 'remove' } as const)[method] ?? null

describe.skipIf(!swift)('on OpenStack Swift', () => {
  remoteStoreConformance('S3', async () => {
    if (!swift) throw new Error('there is no service')
    const { region, accessKey: accesskey, secretKey: secretkey, endpoint } = swift.s3
    const place = { kind: 's3', bucket: `test-${randomUUID()}`, region, accesskey, secretkey, ssl: false, pathstyle: true } as const
    const open = (origin: string, prefix = '', patience = PATIENCE) =>
      new S3BlobStore({ settings: { ...place, endpoint: new URL(origin).host }, agents, prefix, patience, parts: PARTS })
    const origin = `http://${endpoint}`
    await open(origin).check({ write: true })
    const item = '<Contents><Key>a</Key><Size>1</Size></Contents>'
    return {
      ...common,
      origin,
      open,
      written: 200,
      sameAgain: `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>${item}</ListBucketResult>`,
      purpose(method, { pathname, searchParams }) {
        if (searchParams.has('list-type')) return 'list'
        if (searchParams.has('delete')) return 'remove'
        if (searchParams.has('partNumber')) return 'part'
        if (searchParams.has('uploadId')) return method === 'POST' ? 'show' : null
        return pathname.split('/').length > 2 ? ofObject(method) : null
      },
    }
  })

  remoteStoreConformance('Swift', async () => {
    if (!swift) throw new Error('there is no service')
    const { user: username, key: password, authUrl } = swift
    const place = { kind: 'swift', container: `test-${randomUUID()}`, username, password, temp_url_key: null } as const
    const open = (origin: string, prefix = '', patience = PATIENCE) => {
      const settings = { ...place, auth_url: `${origin}${new URL(authUrl).pathname}` }
      return new SwiftBlobStore({ settings, agents, prefix, patience, parts: { ...PARTS, entries: 1000 } })
    }
    const { origin } = new URL(authUrl)
    await open(origin).check({ write: true })
    return {
      ...common,
      origin,
      open,
      written: 201,
      sameAgain: '[{"name":"a","bytes":1,"last_modified":"2020-01-01T00:00:00"}]',
      purpose(method, { pathname, searchParams }) {
        if (pathname.startsWith('/auth/')) return 'enter'
        const [container = '', key] = pathname.split('/').slice(3)
        if (container.endsWith('_segments')) return key && method === 'PUT' ? 'part' : null
        if (key === undefined) return method === 'GET' && container ? 'list' : null
        return searchParams.get('multipart-manifest') === 'put' ? 'show' : ofObject(method)
      },
    }
  })
})

describe.skipIf(!azure)('on Azurite', () => {
  remoteStoreConformance('Azure', async () => {
    if (!azure) throw new Error('there is no service')
    const container = `test-${randomUUID()}`
    const { origin } = new URL(azure.endpoint)
    const open = (at: string, prefix = '', patience = PATIENCE) =>
      new AzureBlobStore({
        settings: { kind: 'azure', container, connection_string: azure.connectionString.replaceAll(origin, at) },
        agents,
        prefix,
        patience,
        parts: PARTS,
      })
    await open(origin).check({ write: true })
    const item = '<Blob><Name>a</Name><Properties><Content-Length>1</Content-Length></Properties></Blob>'
    return {
      ...common,
      origin,
      open,
      written: 201,
      sameAgain: `<?xml version="1.0"?><EnumerationResults><Blobs>${item}</Blobs><NextMarker>m</NextMarker></EnumerationResults>`,
      purpose(method, { pathname, searchParams }) {
        const comp = searchParams.get('comp')
        if (searchParams.has('restype')) return comp === 'list' ? 'list' : null
        if (comp === 'block') return 'part'
        if (comp === 'blocklist') return 'show'
        return pathname.split('/').length > 3 ? ofObject(method) : null
      },
    }
  })
})
