import { describe, expect, it } from 'vitest'
import { eventKind, isCustom, isEventType } from './event-types.ts'

describe('the register of event types', () => {
  it('lets followers hear of changes, and not of sign-ins or views', () => {
    for (const type of ['OBJECT_INSERT', 'OBJECT_PURGE', 'POOL_UPDATE', 'COLLECTION_DELETE', 'DATAMODEL_COMMIT', 'REINDEX_DONE'])
      expect([type, eventKind(type)?.pollable]).toEqual([type, true])
    for (const type of ['USER_LOGIN', 'USER_LOGIN_FAILED', 'DETAIL_VIEW', 'FILE_DOWNLOAD', 'TASK_INSERT', 'BASE_CONFIG_ERROR'])
      expect([type, eventKind(type)?.pollable]).toEqual([type, false])
  })

  it('keeps no name with what people look at and search for', () => {
    expect(eventKind('DETAIL_VIEW')).toEqual({ group: 'FRONTEND', pollable: false, namesUser: false })
    expect(eventKind('SEARCH')?.namesUser).toBe(false)
    expect(eventKind('OBJECT_UPDATE')?.namesUser).toBe(true)
    expect(eventKind('USER_LOGIN')).toEqual({ group: 'LOGIN_LOGOUT', pollable: false, namesUser: true })
  })

  it('knows which types callers may write themselves', () => {
    const custom = (type: string) => isCustom(eventKind(type) ?? { group: 'SYSTEM', pollable: false, namesUser: false })
    expect(custom('FRONTEND_ERROR')).toBe(true)
    expect(custom('OBJECT_INSERT')).toBe(false)
    expect(isEventType('toString')).toBe(false)
    expect(eventKind('OBJECT_VANISH')).toBeUndefined()
  })
})
