/** Collections of one instance and what they hold, built from their ports. */
import { CollectionMembers } from '@vitrine/domain/collections/collection-members'
import type { CollectionPorts } from '@vitrine/domain/collections/collection-ports'
import { CollectionService } from '@vitrine/domain/collections/collections'

export interface Collections {
  readonly collections: CollectionService
  readonly collectionMembers: CollectionMembers
}

export const collectionsOf = (ports: CollectionPorts): Collections => ({
  collections: new CollectionService(ports),
  collectionMembers: new CollectionMembers(ports),
})
