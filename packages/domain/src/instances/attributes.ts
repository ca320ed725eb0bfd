/**
 * What operators say about a new instance, turned into the attributes that are stored. Some names among the free settings
 * are attributes as well; said directly, an attribute counts more than among the settings.
 */
import { failInstance } from './failure.ts'
import type { InstanceAttributes } from './instance.ts'

export interface InstanceDescription {
  readonly oldDomain?: string
  readonly orgDomain?: string
  readonly orgId?: string
  readonly locale?: string
  readonly uuid?: string
  readonly oidcId?: string
  readonly franceConnectId?: string
  readonly tosSigned?: string
  readonly tosLatest?: string
  readonly timezone?: string
  readonly email?: string
  readonly publicName?: string
  readonly phone?: string
  readonly contextName?: string
  /** Free settings by name. */
  readonly settings?: Readonly<Record<string, string>>
  readonly authMode?: string
  readonly sponsorships?: readonly string[]
  readonly featureSets?: readonly string[]
  readonly autoUpdate?: boolean
  readonly magicLink?: boolean
  readonly diskQuota?: number
  /** Number of the storage layout; missing leaves the choice to the server. */
  readonly storageLayout?: number
  /** Number of the database cluster; missing leaves the choice to the server. */
  readonly databaseCluster?: number
  readonly kdfIterations?: number
}

const AUTH_MODES: Readonly<Record<string, number>> = { basic: 0, two_factor_mail: 1, two_factor_oidc: 2 }
const LAYOUTS = [1, 2]
/** All instances live in one database; more of them would be more numbers here. */
const CLUSTERS = [0]
const FEWEST_ITERATIONS = 50_000
const MOST_ITERATIONS = 5_000_000

export function attributesOf(said: InstanceDescription): Omit<InstanceAttributes, 'registerTokenDigest'> {
  checkNumbers(said)
  const { context, locale, uuid, oidc_id, tos, tos_latest, auto_update, auth_mode, ...free } = said.settings ?? {}
  const authMode = AUTH_MODES[said.authMode || auth_mode || 'basic'] || undefined
  const autoUpdate = said.autoUpdate ?? (auto_update === undefined ? true : auto_update !== 'false')
  const values = {
    locale: said.locale || locale || 'en',
    old_domain: said.oldDomain,
    org_domain: said.orgDomain,
    org_id: said.orgId,
    uuid: said.uuid || uuid,
    oidc_id: said.oidcId || oidc_id,
    franceconnect_id: said.franceConnectId,
    context: said.contextName || context,
    sponsorships: listOrNothing(said.sponsorships),
    feature_sets: listOrNothing(said.featureSets),
    tos: termsVersion(said.tosSigned || tos),
    tos_latest: said.tosLatest || tos_latest,
    auth_mode: authMode,
    magic_link: said.magicLink || undefined,
    no_auto_update: autoUpdate ? undefined : true,
    disk_quota: said.diskQuota ? String(said.diskQuota) : undefined,
    swift_cluster: said.storageLayout,
    couch_cluster: said.databaseCluster,
  }
  const settings = { ...free, email: said.email, public_name: said.publicName, tz: said.timezone, phone: said.phone }
  return { values: known(values), settings: known(settings) }
}

function checkNumbers({ storageLayout, databaseCluster, kdfIterations }: InstanceDescription): void {
  if (storageLayout !== undefined && !LAYOUTS.includes(storageLayout))
    failInstance(
      'invalidParameter',
      'SwiftLayout',
      storageLayout === 0 ? 'Swift layout v1 disabled for instance creation' : 'There is no such storage layout',
    )
  if (databaseCluster !== undefined && !CLUSTERS.includes(databaseCluster))
    failInstance('invalidParameter', 'CouchCluster', 'There is no such database cluster')
  if (!kdfIterations) return
  if (kdfIterations < FEWEST_ITERATIONS) failInstance('invalidParameter', 'KdfIterations', 'The KdfIterations number is too low')
  if (kdfIterations > MOST_ITERATIONS) failInstance('invalidParameter', 'KdfIterations', 'The KdfIterations number is too high')
}

/** A mere date is the first version of the terms on that day. */
const termsVersion = (text: string | undefined) => (text?.length === 8 ? `1.0.0-${text}` : text)
const listOrNothing = (list: readonly string[] | undefined) => (list?.length ? list : undefined)
const known = <V>(values: Readonly<Record<string, V | undefined>>) =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, V] => entry[1] !== undefined && entry[1] !== ''))
