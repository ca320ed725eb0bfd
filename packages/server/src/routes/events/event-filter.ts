/** The filters of a request, from the texts they travel as. */
import { fail } from '@vitrine/domain/errors'
import type { EventFilter, IdRange } from '@vitrine/domain/events/event-store'
import { isTrue } from '../booleans.ts'

export interface FilterQuery {
  readonly id?: string
  readonly type?: string
  readonly basetype?: string
  readonly objecttype?: string
  readonly user_id?: string
  readonly group_id?: string
  readonly user_type?: string
  readonly object_id?: string
  readonly system_object_id?: string
  readonly pollable?: string
  readonly date_from?: string
  readonly date_to?: string
}

export const filterOf = (query: FilterQuery): EventFilter => ({
  id: rangesOf(query.id),
  type: listOf(query.type),
  basetype: listOf(query.basetype),
  objecttype: listOf(query.objecttype),
  userId: rangesOf(query.user_id),
  groupId: rangesOf(query.group_id),
  userType: listOf(query.user_type),
  objectId: rangesOf(query.object_id),
  systemObjectId: rangesOf(query.system_object_id),
  pollable: query.pollable === undefined ? undefined : isTrue(query.pollable),
  from: momentOf('date_from', query.date_from),
  to: momentOf('date_to', query.date_to),
})

/** Leap seconds have the form of a time, but are none here. */
function momentOf(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const moment = new Date(text)
  if (Number.isNaN(moment.getTime())) fail('ServerGeneric', { msg: `query /${name}: is not a time`, where: 'query', pointer: `/${name}` })
  return moment
}

function listOf(text: string | undefined): string[] | undefined {
  const values = text?.split(',').filter((value) => value !== '') ?? []
  return values.length > 0 ? values : undefined
}

const rangesOf = (text: string | undefined): IdRange[] | undefined =>
  text?.split(',').map((range) => {
    const [first = '', last] = range.split('-')
    if (last === undefined) return { from: Number(first), to: Number(first) }
    return { ...(first !== '' && { from: Number(first) }), ...(last !== '' && { to: Number(last) }) }
  })
