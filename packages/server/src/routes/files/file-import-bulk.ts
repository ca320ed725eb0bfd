import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { jsonObject } from '../../http/json-query.ts'
import { isTrue } from '../booleans.ts'
import { imported } from './imported.ts'

export const fileImportBulk: Handler<InstanceDocument, 'fileImportBulk', ServerEnv> = async ({ query, body, c }, reply) =>
  reply.json(
    200,
    await imported(c, query, () => ({
      priority: query.priority,
      skipDuplicateReference: isTrue(query.skip_duplicate_reference),
      wishes: (body ?? []).map((wish, i) => ({
        url: wish.url,
        filename: wish.filename ?? '',
        leave: wish.leave ?? false,
        versionName: wish.version_name || null,
        parentId: wish.id_parent ?? null,
        reference: wish.reference || null,
        customProduceConfig:
          typeof wish.custom_produce_config === 'string'
            ? jsonObject(`${i}/custom_produce_config`, wish.custom_produce_config)
            : (wish.custom_produce_config ?? null),
        produceVersions: wish.produce_versions ?? true,
        generateMetadata: wish.generate_metadata ?? true,
        skipHeadRequest: wish.skip_head_request ?? false,
        metadata: wish.metadata ?? null,
      })),
    })),
  )
