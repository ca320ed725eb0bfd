/** Which place settings stand for, whatever they say about how to get in. Two settings with one name lead to the same objects. */
import path from 'node:path'
import type { BlobStoreSettings } from '../ports/blob-store.ts'
import { addressesOf } from './allowed-places.ts'

/** Of settings that `AllowedPlaces` has let pass. */
export function placeNameOf(settings: BlobStoreSettings, prefix: string): string {
  return JSON.stringify([settings.kind, ...partsOf(settings), prefix])
}

function partsOf(settings: BlobStoreSettings): readonly (string | undefined)[] {
  switch (settings.kind) {
    case 'file':
      return [path.join(settings.dir, '.')]
    case 's3':
      return [...addressesOf(settings), settings.bucket]
    case 'azure':
      return [...addressesOf(settings), settings.container]
    case 'swift':
      // A user of version 1 is named with his account in front, and the account is what containers belong to.
      return [...addressesOf(settings), settings.username.split(':')[0], settings.container]
  }
}
