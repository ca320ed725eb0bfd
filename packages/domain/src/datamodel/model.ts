/**
 * The datamodel as the rest of the domain reads it: the schema and mask documents of one version, resolved once into
 * objects that point at each other. Immutable; a committed version is compiled once and shared by all requests.
 */

export type ScalarType =
  | 'text'
  | 'text_oneline'
  | 'string'
  | 'text_l10n'
  | 'text_l10n_oneline'
  | 'number'
  | 'integer.2'
  | 'double'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'daterange'
  | 'geo_json'
  | 'eas'
  | 'link'
/** `custom:base.<plugin>.<type>` */
export type CustomType = `custom:${string}`
export type ColumnType = ScalarType | CustomType

export interface Column {
  readonly id: number
  readonly name: string
  readonly type: ColumnType
  readonly table: Table
  readonly notNull: boolean
  readonly checks: ColumnChecks
  /** For links: the object type pointed at, and whether that target owns this record (`reverse_edit`). */
  readonly target?: Table
  readonly reverseEdit: boolean
}

export interface ColumnChecks {
  readonly notEmpty: boolean
  readonly email: boolean
  readonly pattern?: RegExp
  readonly lengthMin?: number
  readonly lengthMax?: number
  readonly range?: Range
}
/** Bounds as the schema document gives them: numbers, or date texts. */
export interface Range {
  readonly lower?: number | string
  readonly upper?: number | string
  readonly lowerOpen: boolean
  readonly upperOpen: boolean
  readonly notEmpty: boolean
}

export interface ReverseSlot {
  /** The object type whose records link here. */
  readonly table: Table
  /** The link column over there; null for the children of a hierarchical type. */
  readonly column: Column | null
  readonly notNull: boolean
}

export interface UniqueKey {
  /** Identity that survives renames: table id, column ids and scopes. */
  readonly key: string
  readonly name: string
  readonly columns: readonly Column[]
  /** Unique only below the same parent record (`auto_column_parent`). */
  readonly withinParent: boolean
  /** Unique only within the same owning record or row (`auto_column_uplink`, nested tables). */
  readonly withinOwner: boolean
  /** Columns of which only the value `true` counts (`unique_true`). */
  readonly trueOnly: readonly Column[]
}

/** Two link columns that are kept in step (`bidirectional`). */
export interface BidirectionalPair {
  readonly columns: readonly [Column, Column]
}

export interface Table {
  readonly id: number
  readonly name: string
  readonly columns: readonly Column[]
  /** Nested tables owned by this one, in document order. */
  readonly nested: readonly Table[]
  readonly nestedNotNull: ReadonlySet<number>
  readonly reverse: readonly ReverseSlot[]
  /** Set for a nested table: the table whose rows own its rows. */
  readonly owner?: Table
  readonly uniqueKeys: readonly UniqueKey[]
  readonly bidirectional: readonly BidirectionalPair[]
  readonly poolLink: boolean
  readonly aclTable: boolean
  readonly hasTags: boolean
  readonly hierarchical: boolean
  readonly polyhierarchical: boolean
  readonly inMainSearch: boolean
}

export interface Model {
  readonly tables: ReadonlyMap<number, Table>
  /** By API name: object types and nested tables. */
  readonly byName: ReadonlyMap<string, Table>
  readonly columns: ReadonlyMap<number, Column>
  /** Tables without an owner. */
  readonly objecttypes: readonly Table[]
}

// ---- masks

export interface StandardOutput {
  readonly order: 1 | 2 | 3
  readonly format: string
  readonly formatInner: string
  readonly design?: string
  readonly stopIfSet: boolean
}
interface FieldBase {
  /** Returned on reads. */
  readonly readable: boolean
  /** May be sent on writes. */
  readonly writable: boolean
  readonly standard?: StandardOutput
  readonly standardEas?: 1 | 2 | 3
  readonly standardGeo?: 1 | 2 | 3
  /** Without a value of its own, a record shows that of its nearest hierarchical parent (`inheritance.inherit`). */
  readonly inherit?: boolean
}
export interface ColumnField extends FieldBase {
  readonly kind: 'field' | 'link'
  readonly column: Column
  /** For links: the mask that renders the target; null means the target's standard mask. */
  readonly linkMask: number | null
}
/** One step of an order of rows: a path that begins at the row, as it stands in JSON. */
export interface RowOrder {
  readonly path: readonly string[]
  readonly descending: boolean
}
export interface NestedField extends FieldBase {
  readonly kind: 'linked-table'
  readonly table: Table
  readonly fields: readonly MaskField[]
  /** Without one, the stored order. */
  readonly order?: readonly RowOrder[]
  readonly appendOnly: boolean
  readonly removeOnly: boolean
  readonly standardFirstOnly: boolean
}
export interface ReverseField extends FieldBase {
  readonly kind: 'reverse-linked-table'
  readonly slot: ReverseSlot
  readonly fields: readonly MaskField[]
  /** Without one, the chosen place among siblings, then the id. */
  readonly order?: readonly RowOrder[]
  readonly appendOnly: boolean
  /** Whether these records follow the one around them into another pool; `ask` leaves it to whoever saves. */
  readonly poolFollowing: 'always' | 'never' | 'ask'
}
export type MaskField = ColumnField | NestedField | ReverseField

export type SystemFieldName = 'parent' | 'object_id' | 'tags' | 'acl' | 'owner' | 'pool' | 'collections' | 'publish'
export interface SystemFieldRule {
  readonly shown: boolean
  readonly editable: boolean
  /** Editors show it, whether or not it can be written there. */
  readonly inEditor?: boolean
}

export interface Mask {
  /** Null for `_all_fields` (and its per-type spelling `<objecttype>__all_fields`). */
  readonly id: number | null
  readonly name: string
  readonly table: Table
  readonly preferred: boolean
  readonly fields: readonly MaskField[]
  readonly system: Readonly<Record<SystemFieldName, SystemFieldRule>>
}

export interface Datamodel {
  readonly version: number
  readonly committedAt: Date | null
  readonly model: Model
  readonly masksById: ReadonlyMap<number, Mask>
  /** Label per key and language (`schema.<objecttype>.name`, ...). */
  readonly translations: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** A mask of an object type by name, `_all_fields` and `<objecttype>__all_fields` included. */
  mask(table: Table, name: string): Mask | undefined
  /** The preferred mask of an object type; `_all_fields` where it has none. A pool may choose another for its records. */
  standardMask(table: Table, pool?: number): Mask
  /** Pools for which `standardMask` may say something else; missing where there are none. */
  readonly poolsWithMasks?: readonly number[]
  allFields(table: Table): Mask
}
