/** What a request says about access lists that would lose their effect. */
import type { AclDecision } from '@vitrine/domain/collections/collection'
import { fail } from '@vitrine/domain/errors'
import { isTrue } from '../booleans.ts'

type Text = string | undefined

interface AclQuery {
  readonly allow_invalid_acl?: Text
  readonly background_invalid_acl?: Text
  readonly background_invalid_acl_timelimit?: Text
}

export const aclDecision = (query: AclQuery): AclDecision => ({
  allowInvalidAcl: isTrue(query.allow_invalid_acl),
  backgroundInvalidAcl: isTrue(query.background_invalid_acl),
  patienceMs: query.background_invalid_acl_timelimit === undefined ? undefined : patience(query.background_invalid_acl_timelimit),
})

const DURATION = /^([0-9]{1,6}(\.[0-9]{1,3})?(ms|s|m|h)){1,4}$/
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** A change keeps others from theirs while it is checked. */
const LONGEST_MS = 600_000

/** A text such as `1m30s` in milliseconds. */
function patience(text: string): number {
  if (!DURATION.test(text)) fail('UrlParameterNotSupported', { param: 'background_invalid_acl_timelimit' })
  const parts = [...text.matchAll(/([0-9.]+)(ms|s|m|h)/g)]
  return Math.min(
    LONGEST_MS,
    parts.reduce((sum, [, number, unit]) => sum + Math.round(Number(number) * (UNITS[unit ?? ''] ?? 0)), 0),
  )
}
