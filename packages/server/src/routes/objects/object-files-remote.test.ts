/** Files in records whose bytes were left where they came from. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GuardedFetch } from '@vitrine/drivers/http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk } from '../../testing/gallery.ts'
import { filedRecords } from '../../testing/filed-records.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let remote: Server
let server: TestServer
let address: string
beforeAll(async () => {
  remote = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 5 }).end('there'))
  await new Promise<void>((resolve) => remote.listen(0, '127.0.0.1', resolve))
  const place = `127.0.0.1:${(remote.address() as AddressInfo).port}`
  address = `http://${place}/left.txt`
  server = await testServer({ http: new GuardedFetch({ openHosts: [place] }) })
})
afterAll(async () => {
  await server.close()
  remote.closeAllConnections()
  await new Promise((resolve) => remote.close(resolve))
})

describe('files that were left elsewhere', () => {
  it('are listed with their address there for root, who asks for it', async () => {
    const at = await filedRecords(server)
    const query = new URLSearchParams({ url: address, leave: 'true' })
    const [left] = expectOk(await at.api('POST', `/api/v1/eas/rput?${query}`)).body
    await at.saved('work', { files: [left._id, ...(await at.upload(['here.txt']))] })
    const urls = async (more: string) => {
      const [found] = expectOk(await at.api('GET', `/api/v1/db/work/work__main/list?format=long${more}`)).body
      return found.work.files.map(({ versions }: { versions: { original: { url: string } } }) => versions.original.url.replace(/\?.*/, ''))
    }
    const here = expect.stringContaining('/eas/download/') as string
    expect(await urls('')).toEqual([here, here])
    expect(await urls('&files_real_url=1')).toEqual([address, here])
    const { token } = await at.person('somebody')
    expect(await at.api('GET', '/api/v1/db/work/work__main/list?files_real_url=1', undefined, { token })).toMatchObject({ status: 403 })
  })
})
