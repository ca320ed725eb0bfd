/** Modifiers of a merged change: keys such as `title:append` or `_nested:work__persons:group_mode`, beside the key they belong to. */
import type { Column, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { unreadable } from './record-ref.ts'
import { modeOf, NESTED_MODES, type MatchMerge, type NestedMode, type Replacement, type RowEdit } from './save-group.ts'
import { readNestedRow, type RowContext } from './save-parse-row.ts'
import { isObject } from './values/plain-json.ts'
import { under } from './where.ts'
import type { NestedPlan, WritePlan } from './write-plan.ts'

type Json = Readonly<Record<string, unknown>>

const MODIFIER = /^(.+):(group_mode|match|merge|append|search|replace)$/
const TEXTS = new Set(['text', 'text_oneline', 'string', 'text_l10n', 'text_l10n_oneline'])

export const isModifier = (key: string): boolean => MODIFIER.test(key)

export class EditReader {
  readonly #plan: WritePlan
  readonly #json: Json
  readonly #where: string
  readonly #context: RowContext
  readonly #named = new Set<Column | Table>()
  readonly #modes = new Map<Table, NestedMode>()
  readonly #matches = new Map<Table, readonly MatchMerge[]>()
  readonly #appended = new Map<Column, string | Readonly<Record<string, string>>>()
  readonly #replaced = new Map<Column, Replacement>()

  constructor(plan: WritePlan, json: Json, where: string, context: RowContext) {
    this.#plan = plan
    this.#json = json
    this.#where = where
    this.#context = context
  }

  get edit(): RowEdit {
    return { named: this.#named, modes: this.#modes, matches: this.#matches, appended: this.#appended, replaced: this.#replaced }
  }

  name(what: Column | Table | undefined): void {
    if (what) this.#named.add(what)
  }

  /** False when the key is no modifier of anything here. */
  read(key: string, value: unknown, where: string): boolean {
    const [, of, modifier] = MODIFIER.exec(key) ?? []
    if (of === undefined || modifier === undefined) return false
    const table = this.#plan.nested.get(of)
    if (table) return this.#readTable(table, of, modifier, value, where)
    const field = this.#plan.columns.get(of)
    if (!field || !TEXTS.has(field.column.type) || !['append', 'search', 'replace'].includes(modifier)) return false
    if (!field.writable) fail('SchemaInconsistent', { msg: `${where}: the mask does not let this field be written` })
    if (modifier === 'append') this.#appended.set(field.column, textOf(field.column, value, where))
    else this.#replaced.set(field.column, this.#replacement(of))
    return true
  }

  #readTable(slot: NestedPlan, of: string, modifier: string, value: unknown, where: string): boolean {
    const { table, writable } = slot.field
    if (!['group_mode', 'match', 'merge'].includes(modifier)) return false
    if (!writable) fail('SchemaInconsistent', { msg: `${where}: the mask does not let this table be written` })
    if (modifier !== 'group_mode') return true
    const mode = modeOf(NESTED_MODES, value, where)
    this.#modes.set(table, mode)
    if (mode === 'match_merge') this.#matches.set(table, this.#pairs(slot, of))
    this.name(table)
    return true
  }

  /** One row or a list of rows on each side, as many here as there. */
  #pairs({ plan }: NestedPlan, of: string): readonly MatchMerge[] {
    const side = (modifier: string) => {
      const where = under(this.#where, `${of}:${modifier}`)
      const value = this.#json[`${of}:${modifier}`]
      const rows: unknown[] = Array.isArray(value) ? value : [value]
      return rows.map((row, i) => readNestedRow(plan, row, Array.isArray(value) ? `${where}[${i}]` : where, this.#context))
    }
    const [matches, merges] = [side('match'), side('merge')]
    if (matches.length !== merges.length) unreadable(under(this.#where, `${of}:merge`), `as many rows as in ${of}:match are expected`)
    return matches.flatMap((match, i) => {
      const merge = merges[i]
      return merge ? [{ match, merge }] : []
    })
  }

  #replacement(of: string): Replacement {
    const part = (modifier: string) => {
      const value = this.#json[`${of}:${modifier}`]
      return typeof value === 'string' ? value : unreadable(under(this.#where, `${of}:${modifier}`), 'a text is expected')
    }
    const search = part('search')
    if (search === '') unreadable(under(this.#where, `${of}:search`), 'a text that is not empty is expected')
    return { search, replace: part('replace') }
  }
}

function textOf({ type }: Column, value: unknown, where: string): string | Readonly<Record<string, string>> {
  if (!type.startsWith('text_l10n')) return typeof value === 'string' ? value : unreadable(where, 'a text is expected')
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === 'string'))
    return unreadable(where, 'an object with a text per language is expected')
  return value as Readonly<Record<string, string>>
}
