/** Every handler of the instance API, folder by folder. An operation of the document that is missing here does not compile. */
import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handlers } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../env.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { collectionHandlers } from './collections/index.ts'
import { eventHandlers } from './events/index.ts'
import { dbInfoHandlers } from './db_info/index.ts'
import { fileHandlers } from './files/index.ts'
import { iiifHandlers } from './iiif/index.ts'
import { zoomHandlers } from './zoom/index.ts'
import { groupHandlers } from './groups/index.ts'
import { jobHandlers } from './jobs/index.ts'
import { locationHandlers } from './locations/index.ts'
import { maskHandlers } from './masks/index.ts'
import { oauth2Handlers } from './oauth2/index.ts'
import { objectHandlers } from './objects/index.ts'
import { objecttypeHandlers } from './objecttypes/index.ts'
import { poolHandlers } from './pools/index.ts'
import { rightHandlers } from './rights/index.ts'
import { schemaHandlers } from './schema/index.ts'
import { systemHandlers } from './system/index.ts'
import { tagHandlers } from './tags/index.ts'
import { transitionHandlers } from './transitions/index.ts'
import { translationHandlers } from './translations/index.ts'
import { userHandlers } from './users/index.ts'
import { webhookHandlers } from './webhooks/index.ts'

export const handlersFor = (lifecycle: Lifecycle): Handlers<InstanceDocument, ServerEnv> => ({
  ...collectionHandlers,
  ...eventHandlers(lifecycle),
  ...dbInfoHandlers,
  ...fileHandlers,
  ...groupHandlers,
  ...iiifHandlers,
  ...jobHandlers,
  ...locationHandlers,
  ...maskHandlers,
  ...oauth2Handlers,
  ...objectHandlers,
  ...objecttypeHandlers,
  ...poolHandlers,
  ...rightHandlers,
  ...schemaHandlers,
  ...systemHandlers(lifecycle),
  ...tagHandlers,
  ...transitionHandlers,
  ...translationHandlers,
  ...userHandlers,
  ...webhookHandlers,
  ...zoomHandlers,
})
