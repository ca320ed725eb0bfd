/**
 * What people write about a place, judged and taken apart: settings that anybody who may see the location sees, and secrets that
 * are sealed and never shown again. A save tells all of it: what is left out has its default, not what was there before.
 */
import type { Schemas } from '@vitrine/contract/instance'
import type { BlobStoreSettings } from '../ports/blob-store.ts'
import { unusable, type LocationKind } from './location.ts'

export type SentConfig = Schemas['LocationConfig']
type Sent<K extends LocationKind> = NonNullable<SentConfig[K]>

export interface LocationConfig {
  /** As it is shown, under the name of the kind. */
  readonly shown: SentConfig
  /** Empty where there are none. */
  readonly secrets: Readonly<Record<string, string>>
}

/** Fails with LocationConfigInvalid, which names the setting and never says what was in it. */
export function readConfig(kind: LocationKind, config: SentConfig | undefined): LocationConfig {
  const other = Object.keys(config ?? {}).find((name) => name !== kind)
  if (other !== undefined) unusable(kind, `settings of the kind ${other} are not taken`)
  const sent = config?.[kind] ?? unusable(kind, 'the settings of its kind are missing')
  for (const [name, value] of Object.entries(sent))
    // oxlint-disable-next-line no-control-regex -- control characters are exactly what must not come through
    if (typeof value === 'string' && /[\u0000-\u001f\u007f]/.test(value)) unusable(kind, `${name} has control characters`)
  return READERS[kind](sent as never)
}

const READERS: { readonly [K in LocationKind]: (sent: Sent<K>) => LocationConfig } = {
  file: (sent) => ({ shown: { file: sent }, secrets: {} }),
  s3({ secretkey, ...sent }) {
    if (!sent.accesskey) unusable('s3', 'accesskey is missing')
    const shown = { ...sent, region: sent.region || 'us-east-1', ssl: sent.ssl ?? true, pathstyle: sent.pathstyle ?? true }
    return { shown: { s3: shown }, secrets: { secretkey: secretOf('s3', 'secretkey', secretkey) } }
  },
  azure({ connection_string, account_key, ...sent }) {
    if (connection_string) {
      if (sent.account_name || account_key) unusable('azure', 'a connection string and an account exclude each other')
      return { shown: { azure: { container: sent.container } }, secrets: { connection_string } }
    }
    if (!sent.account_name) return unusable('azure', 'either connection_string or account_name and account_key are needed')
    const shown = { ...sent, endpoint_suffix: sent.endpoint_suffix || 'core.windows.net' }
    return { shown: { azure: shown }, secrets: { account_key: secretOf('azure', 'account_key', account_key) } }
  },
  swift({ password, temp_url_key: key, ...sent }) {
    const shown = { ...sent, auth_version: sent.auth_version ?? 1 }
    return { shown: { swift: shown }, secrets: { password: secretOf('swift', 'password', password), ...(key && { temp_url_key: key }) } }
  },
}

/** Secrets are not known from before: whoever changes a location proves that he knows them. */
const secretOf = (kind: LocationKind, name: string, secret: string | undefined): string =>
  secret || unusable(kind, `${name} is missing; it is never shown and has to be sent with every change`)

/** The settings of a stored location with its secrets, as a store takes them. */
export function settingsOf(kind: LocationKind, config: SentConfig, secrets: Readonly<Record<string, string>>): BlobStoreSettings {
  if (kind !== 'swift') return { kind, ...config[kind], ...secrets } as BlobStoreSettings
  const { container = '', username = '', ...rest } = config.swift ?? {}
  return {
    kind,
    container,
    username,
    auth_url: signInAddress(rest),
    password: secrets['password'] ?? '',
    temp_url_key: secrets['temp_url_key'] ?? null,
  }
}

/** Stores take what Keystone asks besides name and password in the query of the address. */
function signInAddress({ auth_url: text = '', auth_version, ...more }: Partial<Sent<'swift'>>): string {
  if (!URL.canParse(text)) return text
  const url = new URL(text)
  if (auth_version === 3 && !/\/v3\/?$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/$/, '')}/v3`
  for (const name of ['user_domain', 'project', 'project_domain', 'region'] as const) if (more[name]) url.searchParams.set(name, more[name])
  return url.href
}
