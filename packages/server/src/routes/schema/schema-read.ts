import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { ServerEnv } from '../../env.ts'

export const schemaRead: Handler<InstanceDocument, 'schemaRead', ServerEnv> = async ({ params, query, c }, reply) => {
  const { datamodels, domain } = c.var.tenant
  // Nothing here turns vector graphics into pixels.
  if (query.format === 'png') fail('UrlParameterNotSupported', { param: 'format' })
  if (query.format !== 'svg') return reply.json(200, await datamodels.schema(params.version))
  const { svg, version } = await datamodels.drawing(params.version)
  const filename = `fylr-schema-${domain}-${params.version}-v${version}.svg`
  return reply.raw(200, 'image/svg+xml', svg, { 'Content-Disposition': `inline; filename="${filename}"` })
}
