/** What is in an instance from the beginning. */
import { randomBytes } from 'node:crypto'
import { seedDatamodel } from '@vitrine/domain/datamodel/seed'
import type { Instance } from '@vitrine/domain/instances/instance'
import { seedLocations } from '@vitrine/domain/locations/location-seed'
import { seedPeople } from '@vitrine/domain/people/seed'
import { seedPools } from '@vitrine/domain/pools/pool-seed'
import * as store from '@vitrine/drivers/postgres'
import type { SharedPorts } from './shared-ports.ts'

/** What a new instance needs from the start, in this order. */
export function seedsOn(database: store.Database, shared: SharedPorts) {
  return [
    async ({ id }: Instance, passphrase: string | null) => {
      const db = database.tenant(id)
      const ports = { store: new store.PostgresPeopleSeed(db), counters: new store.PostgresCounters(db), passwords: shared.passwords }
      // Without a passphrase nobody can sign in until the owner has registered: a password nobody knows stands in its place.
      await seedPeople(ports, { rootPassword: passphrase ?? randomBytes(32).toString('base64url') })
    },
    async ({ id }: Instance) => {
      const db = database.tenant(id)
      await seedPools({ store: new store.PostgresPools(db), counters: new store.PostgresCounters(db) })
    },
    async ({ id }: Instance) => {
      const db = database.tenant(id)
      await seedLocations({ store: new store.PostgresLocations(db), counters: new store.PostgresCounters(db) })
    },
    async ({ id }: Instance) => seedDatamodel(new store.PostgresDatamodels(database.tenant(id))),
  ]
}
