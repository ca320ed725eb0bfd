/**
 * The register of event types: which group a type belongs to (retention and the right to write it go by groups), whether
 * whoever follows the log hears of it, and whether it names who did it. What people look at and search for is their own
 * affair: those types never keep a name. Plugins will add types of their own to the group PLUGIN.
 */
export type EventGroup = 'ADMIN' | 'SYSTEM' | 'INDEX' | 'FRONTEND' | 'TASK' | 'EXPORT' | 'UPLOAD' | 'DOWNLOAD' | 'LOGIN_LOGOUT' | 'PLUGIN'

export interface EventKind {
  readonly group: EventGroup
  readonly pollable: boolean
  /** Whether the acting user is kept with the event. */
  readonly namesUser: boolean
}

type Changed = 'INSERT' | 'UPDATE' | 'DELETE'
const CHANGED: readonly Changed[] = ['INSERT', 'UPDATE', 'DELETE']
const MANAGED = ['USER', 'GROUP', 'POOL', 'TAG', 'MESSAGE', 'COLLECTION', 'TRANSITION', 'MAPPING', 'RIGHT_PRESET'] as const

const POLLABLE = {
  ADMIN: ['BACKUP_DONE', 'BACKUP_FAILED', 'BASE_CONFIG_UPDATE', 'DATAMODEL_COMMIT'],
  SYSTEM: ['OBJECT_INSERT', 'OBJECT_UPDATE', 'OBJECT_DELETE', 'OBJECT_UNDELETE', 'OBJECT_PURGE', 'OBJECTTYPE_UPDATE', 'COLLECTION_UPLOAD'],
  INDEX: ['INDEX_SWITCH', 'REINDEX_START', 'REINDEX_DONE', 'REINDEX_ERROR'],
} as const

const QUIET = {
  ADMIN: ['BASE_CONFIG_ERROR'],
  SYSTEM: [
    'EMAIL_SENT',
    'EMAIL_SENT_FAILED',
    'FILE_METADATA',
    'FILE_METADATA_ERROR',
    'FILE_PRODUCE',
    'FILE_PRODUCE_ERROR',
    'FILE_DELETE',
    'FILE_DELETE_ERROR',
    'FILE_MOVE',
    'FILE_MOVE_ERROR',
    'CUSTOM_DATA_TYPE_UPDATER',
    'CUSTOM_DATA_TYPE_UPDATER_ERROR',
    'JANITOR',
    'JANITOR_ERROR',
    'WEBHOOK',
    'WEBHOOK_ERROR',
    'NOTIFICATION_SCHEDULER_FAILED',
  ],
  INDEX: ['OBJECT_INDEX', 'OBJECT_INDEX_ERROR', 'OBJECT_INDEX_REQUEUE', 'REINDEX_QUEUED', 'REINDEX_INDEX_PURGED'],
  FRONTEND: ['DETAIL_VIEW', 'SEARCH', 'FRONTEND_ERROR', 'ASSET_DOWNLOAD_CONFIRMATION_MESSAGE'],
  TASK: ['TASK_INSERT', 'TASK_UPDATE', 'TASK_DELETE', 'TASK', 'TASK_ERROR'],
  EXPORT: [
    'EXPORT_START',
    'EXPORT_FINISH',
    'EXPORT_FINISH_EMPTY',
    'EXPORT_FAILED',
    'EXPORT_CANCELED',
    'EXPORT_TRANSPORT',
    'EXPORT_TRANSPORT_FINISH',
    'EXPORT_TRANSPORT_FAILED',
  ],
  UPLOAD: ['FILE_UPLOAD', 'FILE_UPLOAD_REMOTE', 'FILE_UPLOAD_ERROR'],
  DOWNLOAD: ['FILE_DOWNLOAD', 'FILE_DOWNLOAD_ERROR', 'OBJECT_DOWNLOAD', 'EXPORT_DOWNLOAD', 'EXPORT_DOWNLOAD_ERROR'],
  LOGIN_LOGOUT: ['USER_LOGIN', 'USER_LOGIN_FAILED', 'USER_LOGOUT', 'LDAP_DEBUG', 'LDAP_ERROR', 'SAML_DEBUG', 'SAML_ERROR'],
} as const

type In<T extends Readonly<Record<string, readonly string[]>>> = T[keyof T][number]
export type EventType = In<typeof POLLABLE> | In<typeof QUIET> | `${(typeof MANAGED)[number]}_${Changed}`

const NAMELESS: ReadonlySet<EventGroup> = new Set<EventGroup>(['FRONTEND', 'INDEX'])

const entries = (groups: Readonly<Record<string, readonly string[]>>, pollable: boolean) =>
  Object.entries(groups).flatMap(([group, types]) =>
    types.map((type): [string, EventKind] => [type, { group: group as EventGroup, pollable, namesUser: !NAMELESS.has(group as EventGroup) }]),
  )

const REGISTER: ReadonlyMap<string, EventKind> = new Map([
  ...entries(POLLABLE, true),
  ...entries({ SYSTEM: MANAGED.flatMap((noun) => CHANGED.map((what) => `${noun}_${what}`)) }, true),
  ...entries(QUIET, false),
])

export const isEventType = (type: string): type is EventType => REGISTER.has(type)

/** Undefined for a type that is not registered. */
export const eventKind = (type: string): EventKind | undefined => REGISTER.get(type)

/** What callers may write into the log themselves; everything else is said by the server. */
export const isCustom = (kind: EventKind): boolean => kind.group === 'FRONTEND' || kind.group === 'PLUGIN'
