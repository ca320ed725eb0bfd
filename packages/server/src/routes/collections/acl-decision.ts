/** What a request says about access lists that would lose their effect. */
import type { AclDecision } from '@vitrine/domain/collections/collection'
import { isTrue } from '../booleans.ts'

type Flag = string | undefined

export const aclDecision = (query: { readonly allow_invalid_acl?: Flag; readonly background_invalid_acl?: Flag }): AclDecision => ({
  allowInvalidAcl: isTrue(query.allow_invalid_acl),
  backgroundInvalidAcl: isTrue(query.background_invalid_acl),
})
