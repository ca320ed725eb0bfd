/** Makes an instance from query parameters; an empty one counts as missing. */
import type { AdminDocument } from '@vitrine/contract/admin'
import type { Handler } from '@vitrine/contract/handlers'
import type { AdminSchemas } from '@vitrine/contract/admin'
import { attributesOf, type InstanceDescription } from '@vitrine/domain/instances/attributes'
import { failInstance } from '@vitrine/domain/instances/failure'
import type { InstanceService } from '@vitrine/domain/instances/instances'
import type { ServerEnv } from '../../env.ts'
import { instanceResource } from './resource.ts'

type Query = Parameters<Handler<AdminDocument, 'instanceCreate', ServerEnv>>[0]['query']

export const instanceCreate =
  (instances: InstanceService): Handler<AdminDocument, 'instanceCreate', ServerEnv> =>
  async ({ query, c }, reply) => {
    if (query.Key) failInstance('invalidParameter', 'Key', 'This server keeps no vault keys')
    const { instance, registerToken } = await instances.create({
      domain: query.Domain,
      aliases: listOf(query.DomainAliases),
      attributes: attributesOf(descriptionOf(query)),
      signsInElsewhere: Boolean(flagOf(query.MagicLink) || query.FranceConnectID),
      ...(query.Passphrase && { passphrase: query.Passphrase }),
    })
    c.var.log.info({ domain: instance.domain, instance: instance.id }, 'instance created')
    // There is no registry to install applications from, so none of those asked for is there.
    const told = { appsErrors: listOf(query.Apps), ...(registerToken !== null && { registerToken }) }
    return reply.json(201, { data: instanceResource(instance, told) })
  }

function descriptionOf(query: Query): InstanceDescription {
  const texts = {
    oldDomain: query.OldDomain,
    orgDomain: query.OrgDomain,
    orgId: query.OrgID,
    // The document fills in this default, but what stands among the settings counts more than a default.
    locale: query.Locale === 'en' ? undefined : query.Locale,
    uuid: query.UUID,
    oidcId: query.OIDCID,
    franceConnectId: query.FranceConnectID,
    tosSigned: query.TOSSigned,
    tosLatest: query.TOSLatest,
    timezone: query.Timezone,
    email: query.Email,
    publicName: query.PublicName,
    phone: query.Phone,
    contextName: query.ContextName,
    authMode: query.AuthMode === 'basic' ? undefined : query.AuthMode,
  }
  const others = {
    autoUpdate: flagOf(query.AutoUpdate),
    magicLink: flagOf(query.MagicLink),
    storageLayout: numberOf(query.SwiftLayout),
    databaseCluster: numberOf(query.CouchCluster),
    diskQuota: numberOf(query.DiskQuota),
    kdfIterations: numberOf(query.KdfIterations),
  }
  return {
    ...present({ ...texts, ...others }),
    settings: settingsOf(query.Settings ?? ''),
    sponsorships: [...new Set([...listOf(query.sponsorships), ...listOf(query.Sponsorships)])],
    featureSets: listOf(query.feature_sets),
  }
}

/** `name:value` with commas between; a value may hold further colons. */
const settingsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    listOf(text).map((part) => {
      const [name = '', ...value] = part.split(':')
      return [name, value.join(':')]
    }),
  )

const listOf = (text: string | undefined): string[] => [...new Set((text ?? '').split(',').map((part) => part.trim()))].filter((part) => part !== '')
const numberOf = (text: string | undefined): number | undefined => (text === undefined || text === '' || text === '-1' ? undefined : Number(text))
const flagOf = (text: AdminSchemas['FlagText'] | undefined): boolean | undefined => (text ? /^(1|t|true)$/i.test(text) : undefined)

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
const present = <T extends object>(values: T): Present<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>
