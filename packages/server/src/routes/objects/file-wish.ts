/** How addresses of files in records are made, as the request says. */
import type { FileWish } from '@vitrine/domain/files/file-look'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { urlWish } from '../files/url-wish.ts'

export interface FileQuery {
  readonly file_url_expire?: string | undefined
  readonly files_real_url?: string | undefined
}

export function fileWish(c: Context<ServerEnv>, query: FileQuery): FileWish {
  const { origin, expireDays } = urlWish(c, query)
  return { origin, expireDays, realUrls: isTrue(query.files_real_url) }
}
