import type { AdminDocument } from '@vitrine/contract/admin'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { InstanceService } from '@vitrine/domain/instances/instances'
import type { ServerEnv } from '../../env.ts'
import { instanceCount } from './instance-count.ts'
import { instanceCreate } from './instance-create.ts'
import { instanceDestroy } from './instance-destroy.ts'
import { instanceList } from './instance-list.ts'
import { instanceOpenHostsReplace } from './instance-open-hosts-replace.ts'
import { instanceRead } from './instance-read.ts'

export const instanceHandlers = (instances: InstanceService) =>
  ({
    instanceCount: instanceCount(instances),
    instanceCreate: instanceCreate(instances),
    instanceDestroy: instanceDestroy(instances),
    instanceList: instanceList(instances),
    instanceOpenHostsReplace: instanceOpenHostsReplace(instances),
    instanceRead: instanceRead(instances),
  }) satisfies HandlersFor<AdminDocument, 'instances', ServerEnv>
