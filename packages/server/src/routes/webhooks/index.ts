import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { webhookDelete } from './webhook-delete.ts'
import { webhookDeliveryList } from './webhook-delivery-list.ts'
import { webhookDeliveryRetry } from './webhook-delivery-retry.ts'
import { webhookList } from './webhook-list.ts'
import { webhookRead } from './webhook-read.ts'
import { webhookSave } from './webhook-save.ts'
import { webhookTest } from './webhook-test.ts'

export const webhookHandlers = {
  webhookDelete,
  webhookDeliveryList,
  webhookDeliveryRetry,
  webhookList,
  webhookRead,
  webhookSave,
  webhookTest,
} satisfies HandlersFor<InstanceDocument, 'webhooks', ServerEnv>
