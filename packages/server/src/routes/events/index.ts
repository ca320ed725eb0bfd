import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import type { Lifecycle } from '../../lifecycle.ts'
import { eventCreate } from './event-create.ts'
import { eventDelete } from './event-delete.ts'
import { eventListCreate } from './event-list-create.ts'
import { eventListDelete } from './event-list-delete.ts'
import { eventList } from './event-list.ts'
import { eventPoll } from './event-poll.ts'
import { eventRead } from './event-read.ts'
import { eventStream } from './event-stream.ts'

export const eventHandlers = (lifecycle: Lifecycle) =>
  ({
    eventCreate,
    eventDelete,
    eventList,
    eventListCreate,
    eventListDelete,
    eventPoll,
    eventRead,
    eventStream: eventStream(lifecycle),
  }) satisfies HandlersFor<InstanceDocument, 'events', ServerEnv>
