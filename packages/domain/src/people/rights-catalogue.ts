/**
 * Every right there is, by the kind of thing it is granted on, with its parameters. What the catalogue does not name cannot
 * be granted: a misspelt right must not look as if it gave something.
 */
export type RightContext = 'system' | 'pool' | 'object' | 'collection' | 'tag' | 'user' | 'group' | 'objecttype-without-pool'

export interface RightParameter {
  readonly name: string
  /** `bool`, `choice`, `string_list`, `int64_list`, `int64_list_map` or `size`. */
  readonly type: 'bool' | 'choice' | 'string_list' | 'int64_list' | 'int64_list_map' | 'size'
  readonly choices?: readonly string[]
  readonly merge_policy: 'or' | 'max' | 'union'
}

export interface RightDefinition {
  readonly type: 'right'
  readonly name: string
  readonly group: string
  readonly has_grantable: boolean
  readonly parameters: readonly RightParameter[]
}

export type Catalogue = Readonly<Record<RightContext, readonly RightDefinition[]>>

const parameter = (name: string, type: RightParameter['type'], merge_policy: RightParameter['merge_policy']): RightParameter => ({
  name,
  type,
  merge_policy,
})
const bool = (name: string) => parameter(name, 'bool', 'or')
const ids = (name: string) => parameter(name, 'int64_list', 'union')
const texts = (name: string) => parameter(name, 'string_list', 'union')
const right = (group: string, name: string, parameters: readonly RightParameter[] = [], has_grantable = false): RightDefinition => ({
  type: 'right',
  name,
  group,
  has_grantable,
  parameters,
})

const USER_FIELDS = [
  'login',
  'email',
  'first_name',
  'last_name',
  'displayname',
  'company',
  'department',
  'phone',
  'remarks',
  'address_supplement',
  'street',
  'house_number',
  'postal_code',
  'town',
  'state',
  'country',
  'picture',
  'mail_schedule',
  'frontend_language',
  'database_languages',
  'frontend_prefs',
  'custom_data',
].map(bool)
const MANAGE = ['create', 'create_acl', 'create_system_rights', 'edit_acl', 'edit_system_rights', 'hide_frontend_app']
/** Its switches belong to the interfaces that are built on the server; any of them can be set. */
export const OPEN_RIGHT = 'system.frontend_features'

const LEVEL: RightParameter = { name: 'level', type: 'choice', choices: ['current', 'development', 'commit'], merge_policy: 'max' }
const SYSTEM: readonly RightDefinition[] = [
  right('system', 'system.root'),
  right('datamodel', 'system.datamodel', [LEVEL]),
  ...['system.config', 'system.location', 'system.backup', 'system.plugin', 'system.sendmail', 'system.message', 'system.task', 'system.export'].map(
    (name) => right('system', name),
  ),
  ...[
    'system.profile',
    'system.objecttypemanager',
    'system.poolmanager',
    'system.tagmanager',
    'system.rightpresetmanager',
    'system.objectadmineditor',
  ].map((name) => right('management', name)),
  right('people', 'system.user', MANAGE.map(bool)),
  right('people', 'system.user.write_self', USER_FIELDS),
  right('people', 'system.user.change_password'),
  right('people', 'system.user.create_new', [...USER_FIELDS, bool('type'), bool('require_group')]),
  right('people', 'system.group', [...MANAGE, 'global_custom_bag_read'].map(bool)),
  right('api', 'system.api.event', ['get', 'delete'].map(bool)),
  right('api', 'system.api.publish', ['get', 'post', 'delete'].map(bool)),
  right('frontend', 'system.search', ['show_fixed_searches', 'has_own_collections'].map(bool)),
  right('frontend', OPEN_RIGHT),
  ...['system.search_collection_only', 'system.allow_custom_in_right_with_preset', 'system.ignore_columnfilters'].map((name) =>
    right('frontend', name),
  ),
]

type Where = 'objecttype-without-pool' | 'pool' | 'collection' | 'tag' | 'object'

/** Rights on records; `linkScope` and `scope` say which limits make sense where they are granted. */
function recordRights(context: Where): RightDefinition[] {
  const scope = context === 'pool' ? [ids('objecttype_ids')] : []
  const linkScope = context === 'collection' ? [ids('objecttype_ids'), ids('pool_ids')] : [ids('objecttype_ids')]
  const versions = [texts('versions'), ids('column_ids')]
  const upload = [ids('column_ids'), parameter('limit', 'size', 'max'), texts('classes'), bool('allow_update_and_remove'), texts('extensions')]
  const inTypes = context === 'objecttype-without-pool' || context === 'pool'
  const holds = context === 'pool' || context === 'collection'
  return [
    ...['read', 'write', 'delete'].map((name) => right('record', name, scope, true)),
    ...(inTypes
      ? [
          right('record', 'mask', [parameter('mask_ids', 'int64_list_map', 'union')]),
          right('record', 'create', scope),
          right('record', 'change_owner'),
        ]
      : []),
    ...(inTypes || context === 'tag' ? [right('record', 'acl')] : []),
    ...(context === 'collection' ? [right('record', 'create_in_collection')] : []),
    ...(holds ? ['link', 'unlink'].map((name) => right('record', name, linkScope)) : []),
    ...['asset_show', 'asset_download'].map((name) => right('asset', name, versions, true)),
    ...(inTypes || context === 'collection' ? [right('asset', 'asset_upload', upload)] : []),
  ]
}

const bag = (...names: string[]) => names.map((name) => right('bag', name))
const CONTAINER = ['bag_read', 'bag_write', 'bag_delete', 'bag_acl', 'bag_create']

export const CATALOGUE: Catalogue = {
  system: SYSTEM,
  pool: [...bag(...CONTAINER), ...recordRights('pool')],
  object: recordRights('object'),
  collection: [...bag(...CONTAINER), ...recordRights('collection')],
  tag: recordRights('tag'),
  user: ['read', 'write', 'delete'].map((name) => right('user', name)),
  group: [
    ...bag('bag_read', 'bag_write', 'bag_delete'),
    ...['link', 'unlink'].map((name) => right('membership', name)),
    ...['read', 'write', 'delete'].map((name) => right('user', name)),
  ],
  'objecttype-without-pool': recordRights('objecttype-without-pool'),
}

/** What entries of an access list can do there, besides granting rights. */
export const CAPABILITIES: Readonly<Record<RightContext, readonly ('active' | 'preset' | 'tagfilter' | 'valid' | 'sticky')[]>> = {
  system: [],
  pool: ['active', 'preset', 'tagfilter', 'valid', 'sticky'],
  object: ['active', 'preset', 'valid'],
  collection: ['active', 'preset', 'tagfilter', 'valid', 'sticky'],
  tag: ['active', 'valid'],
  user: ['active', 'valid'],
  group: ['active', 'valid'],
  'objecttype-without-pool': ['active', 'preset', 'tagfilter', 'valid'],
}

/** A name for people, until translations exist: `asset_download` becomes `Asset download`. */
export function rightDisplayname(name: string): string {
  const words = name.replaceAll(/[_.]/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
