import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { locationCreate } from './location-create.ts'
import { locationDefaults } from './location-defaults.ts'
import { locationDefaultsSave } from './location-defaults-save.ts'
import { locationDelete } from './location-delete.ts'
import { locationList } from './location-list.ts'
import { locationMove } from './location-move.ts'
import { locationMoveRead } from './location-move-read.ts'
import { locationMoveStop } from './location-move-stop.ts'
import { locationRead } from './location-read.ts'
import { locationSave } from './location-save.ts'
import { locationScrub } from './location-scrub.ts'
import { locationScrubRead } from './location-scrub-read.ts'
import { locationTest } from './location-test.ts'

export const locationHandlers = {
  locationCreate,
  locationDefaults,
  locationDefaultsSave,
  locationDelete,
  locationList,
  locationMove,
  locationMoveRead,
  locationMoveStop,
  locationRead,
  locationSave,
  locationScrub,
  locationScrubRead,
  locationTest,
} satisfies HandlersFor<InstanceDocument, 'locations', ServerEnv>
