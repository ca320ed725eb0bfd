/** A database of its own on the server of the test run, for a server under test that is given a URL. */
import { randomBytes } from 'node:crypto'
import { connectTo } from '@vitrine/drivers/postgres'

export async function emptyDatabase(): Promise<{ readonly url: string; readonly remove: () => Promise<void> }> {
  const server = process.env['VITRINE_TEST_DATABASE_URL'] ?? ''
  const name = `vitrine_acceptance_${randomBytes(6).toString('hex')}`
  const admin = connectTo(server, { max: 1, onnotice: () => undefined })
  await admin.unsafe(`create database ${name} encoding 'UTF8' template template0`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    async remove() {
      await admin.unsafe(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}
