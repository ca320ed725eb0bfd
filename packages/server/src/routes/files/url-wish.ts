/** How addresses of files in an answer are made, as the request says. */
import type { UrlWish } from '@vitrine/domain/files/files'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'

export const urlWish = (
  c: Context<ServerEnv>,
  query: { readonly file_url_expire?: string | undefined; readonly obj_uuid?: string | undefined },
): UrlWish => ({
  origin: c.var.tenant.oauth2.base(new URL(c.req.url).origin),
  expireDays: query.file_url_expire === undefined ? null : Number(query.file_url_expire),
  recordUuid: query.obj_uuid ?? null,
})
