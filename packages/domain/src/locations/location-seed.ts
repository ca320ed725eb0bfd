/** Where the files of a new instance go: a folder beside the database, until somebody says otherwise. */
import type { Counters } from '../ports/counters.ts'
import type { LocationStore, SavedLocation } from './location-store.ts'

export async function seedLocations({ store, counters }: { readonly store: LocationStore; readonly counters: Counters }): Promise<void> {
  // Safe to repeat: an instance that has a location has been through here.
  if ((await store.list()).length > 0) return
  const [id = 1] = await counters.draw('location', 1)
  const location: SavedLocation = {
    id,
    name: 'default',
    kind: 'file',
    prefix: '',
    config: { file: { dir: '.' } },
    secrets: null,
    allowPurge: false,
    allowRedirect: false,
    readOnly: false,
    scrubEveryDays: null,
    status: 'connected',
    statusMsg: '',
  }
  await store.add(location, () => [])
  await store.setDefaults({ originals: id, versions: id, backups: id })
}
