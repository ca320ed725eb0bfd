import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { jsonObject } from '../../http/json-query.ts'
import { isTrue } from '../booleans.ts'
import { imported } from './imported.ts'

export const fileImport: Handler<InstanceDocument, 'fileImport', ServerEnv> = async ({ query, body, c }, reply) =>
  reply.json(
    200,
    await imported(c, query, () => ({
      priority: query.priority,
      skipDuplicateReference: isTrue(query.skip_duplicate_reference),
      wishes: [
        {
          url: query.url ?? '',
          filename: query.filename ?? '',
          leave: isTrue(query.leave),
          versionName: query.version_name || null,
          parentId: query.id_parent ?? null,
          reference: query.reference || null,
          customProduceConfig: jsonObject('custom_produce_config', query.custom_produce_config),
          produceVersions: isTrue(query.produce_versions),
          generateMetadata: isTrue(query.generate_metadata),
          skipHeadRequest: isTrue(query.skip_head_request),
          metadata: body ?? null,
        },
      ],
    })),
  )
