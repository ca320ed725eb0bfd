import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { oauth2Authorize } from './oauth2-authorize.ts'
import { oauth2AuthorizeSubmit } from './oauth2-authorize-submit.ts'
import { oauth2Discovery } from './oauth2-discovery.ts'
import { oauth2Introspect } from './oauth2-introspect.ts'
import { oauth2Jwks } from './oauth2-jwks.ts'
import { oauth2Revoke } from './oauth2-revoke.ts'
import { oauth2Token } from './oauth2-token.ts'
import { oauth2UserInfo, oauth2UserInfoPost } from './oauth2-user-info.ts'

export const oauth2Handlers = {
  oauth2Authorize,
  oauth2AuthorizeSubmit,
  oauth2Discovery,
  oauth2Introspect,
  oauth2Jwks,
  oauth2Revoke,
  oauth2Token,
  oauth2UserInfo,
  oauth2UserInfoPost,
} satisfies HandlersFor<InstanceDocument, 'oauth2', ServerEnv>
