/**
 * A collection as it is stored. What the tree, the uniqueness rules and access need are fields of their own; the rest is kept
 * as the document names it. Everything below a user's own collection belongs to that user, whoever made it.
 */
import type { Schemas } from '@vitrine/contract/instance'
import type { Grant } from '../people/stored-grants.ts'

export type CollectionDocument = Schemas['Collection']
export type CollectionBlock = CollectionDocument['collection']
export type UploadSettings = Schemas['CollectionUpload']
export type MemberDocument = Schemas['CollectionMember']

/** References that begin like this are the server's. */
export const SYSTEM_PREFIX = 'system:'
export const ROOT_COLLECTION = 'system:root'
/** The second level of the tree: one for each user. That references are unique is what keeps it at one. */
export const topReference = (userId: number) => `system:user:${userId}`

/** Several people sign in as one such user; what one of them put together would be everybody's. */
export const SHARED_TYPES: readonly string[] = ['anonymous', 'collection']

/** The part of the inner block that is kept as it came. */
export type CollectionFields = Pick<
  CollectionBlock,
  'displayname' | 'description' | 'type' | 'webfrontend_props' | 'children_allowed' | 'objects_allowed' | 'create_object' | 'pin_code'
>

export interface Collection {
  readonly id: number
  readonly version: number
  /** Null for the root only. */
  readonly parentId: number | null
  readonly uuid: string
  readonly reference: string | null
  readonly shortname: string | null
  readonly ownerUser: number
  readonly isSystem: boolean
  readonly acl: readonly Grant[] | null
  readonly privateAcl: boolean
  /** The owner may not pass on what the list gives: all of it is without effect. */
  readonly invalidAcl: boolean
  readonly fields: CollectionFields
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What a request says about decisions it may be asked for. */
export interface AclDecision {
  readonly allowInvalidAcl: boolean
  readonly backgroundInvalidAcl: boolean
  /** How long a check may hold the answer up; the usual time without it. */
  readonly patienceMs?: number | undefined
}

/** Whoever has not been asked yet. */
export const UNDECIDED: AclDecision = { allowInvalidAcl: false, backgroundInvalidAcl: false }

export const hasPin = ({ fields }: Collection): boolean => typeof fields.pin_code === 'string' && fields.pin_code !== ''

/** In the caller's language where there is one, else in English, else in any. */
export function collectionName({ id, fields }: Pick<Collection, 'id' | 'fields'>, language: string): string {
  const texts: Readonly<Record<string, string | undefined>> = fields.displayname ?? {}
  return [texts[language], texts['en-US'], ...Object.values(texts)].find((text) => text !== undefined && text !== '') ?? `#${id}`
}
