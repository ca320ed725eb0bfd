/**
 * The configuration of an instance, where it is read and changed. Whatever works on files asks for it all the time, so it is kept for
 * a moment; servers that run beside each other follow a change within that.
 */
import { fail } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { SettingStore } from '../ports/settings.ts'
import { compileConfig, documentOf, type CompiledConfig, type ProduceDocument } from './compile-config.ts'
import type { ProduceConfig } from './produce-config.ts'

export interface ConfigState {
  /** 0 when nothing has been configured. */
  readonly version: number
  readonly produce_config: ProduceDocument
  readonly effective: ProduceDocument
  readonly warnings: string[]
}

interface Kept extends CompiledConfig {
  readonly version: number
  readonly own: ProduceDocument
}

const SETTING = 'produce_config'
export const CONFIG_KEPT_MS = 5000

export class ProduceConfigs {
  readonly #settings: SettingStore
  readonly #clock: Clock
  #kept: { readonly at: number; readonly value: Promise<Kept> } | undefined

  constructor({ settings, clock }: { readonly settings: SettingStore; readonly clock: Clock }) {
    this.#settings = settings
    this.#clock = clock
  }

  /** What holds, at most some seconds old. */
  async effective(): Promise<ProduceConfig> {
    const now = this.#clock().getTime()
    const isFresh = this.#kept && Math.abs(now - this.#kept.at) <= CONFIG_KEPT_MS
    const value = this.#kept && isFresh ? this.#kept.value : this.#keep(now, this.#load())
    return (await value).config
  }

  async read(): Promise<ConfigState> {
    return stateOf(await this.#load())
  }

  /** Fails with RecipeParamUnsupportedValue, and with VersionMismatch when somebody else has saved meanwhile. */
  async save(version: number, own: ProduceDocument): Promise<ConfigState> {
    const compiled = compileConfig(own)
    if (!(await this.#settings.replace(SETTING, { version, own }))) {
      const current = (await this.#load()).version
      fail('VersionMismatch', { currentversion: current, receivedversion: version, expectedversion: current + 1 })
    }
    const saved = { ...compiled, version, own }
    await this.#keep(this.#clock().getTime(), Promise.resolve(saved))
    return stateOf(saved)
  }

  #keep(at: number, value: Promise<Kept>): Promise<Kept> {
    this.#kept = { at, value }
    value.catch(() => (this.#kept = undefined))
    return value
  }

  async #load(): Promise<Kept> {
    const stored = await this.#settings.read(SETTING)
    const own = (stored?.['own'] ?? {}) as ProduceDocument
    return { ...compileConfig(own), version: Number(stored?.['version'] ?? 0), own }
  }
}

const stateOf = ({ version, own, config, warnings }: Kept): ConfigState => ({
  version,
  produce_config: own,
  effective: documentOf(config),
  warnings: [...warnings],
})
