/**
 * The schema as a picture: one box per table with its columns, an arrow per link, nested tables below their owner. The
 * layout follows from the document alone, so the same version always gives the same picture.
 */
import { isNested, kindOf, plainColumns, type SchemaDocument, type SchemaTable } from './documents.ts'

const [WIDTH, LINE, GAP, MARGIN, LETTER] = [260, 18, 60, 20, 7.2]

interface Box {
  readonly table: SchemaTable
  readonly x: number
  readonly y: number
  readonly height: number
}

export function drawSchema(document: SchemaDocument): string {
  const boxes = layOut(document)
  const byId = new Map(boxes.map((box) => [box.table.table_id, box]))
  const width = Math.max(WIDTH, ...boxes.map((box) => box.x + WIDTH)) + MARGIN
  const height = Math.max(0, ...boxes.map((box) => box.y + box.height)) + MARGIN
  const arrows = boxes.flatMap((box) => arrowsOf(box, byId))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    ...arrows,
    ...boxes.map(drawBox),
    '</svg>',
  ].join('\n')
}

/** A column of the picture for every object type and all that is nested in it; about as many rows as columns. */
function layOut({ tables }: SchemaDocument): Box[] {
  const roots = tables.filter((table) => !isNested(table))
  const across = Math.max(1, Math.ceil(Math.sqrt(roots.length)))
  const boxes: Box[] = []
  const filled = Array.from({ length: across }, () => MARGIN)
  const place = (table: SchemaTable, lane: number) => {
    const height = (table.columns.length + 2) * LINE
    const y = filled[lane] ?? MARGIN
    boxes.push({ table, x: MARGIN + lane * (WIDTH + GAP), y, height })
    filled[lane] = y + height + GAP / 2
    for (const nested of tables) if (nested.owned_by?.other_table_id === table.table_id) place(nested, lane)
  }
  for (const [i, table] of roots.entries()) place(table, i % across)
  return boxes
}

function drawBox({ table, x, y, height }: Box): string {
  const lines = table.columns.map((column) => {
    const kind = kindOf(column)
    if (kind === 'column') return `${column.name}: ${column.type}${column.not_null ? ' *' : ''}`
    return kind === 'link'
      ? `[${column.other_table_name_hint}]`
      : `[${column.is_hierarchical ? 'children' : `${column.other_table_name_hint}.${column.other_column_name_hint}`}]`
  })
  const fill = isNested(table) ? '#f4f4f4' : '#ffffff'
  return [
    `<g><rect x="${x}" y="${y}" width="${WIDTH}" height="${height}" rx="4" fill="${fill}" stroke="#333"/>`,
    `<text x="${x + 10}" y="${y + LINE}" font-weight="bold">${text(table.name)}</text>`,
    ...lines.map((line, i) => `<text x="${x + 10}" y="${y + (i + 2) * LINE + 4}">${text(line)}</text>`),
    '</g>',
  ].join('')
}

function arrowsOf(box: Box, byId: ReadonlyMap<unknown, Box>): string[] {
  return plainColumns(box.table).flatMap((column) => {
    const key = (box.table.foreign_keys ?? []).find((k) => k.columns.some((part) => part.column_id === column.column_id))
    const target = key && byId.get(key.referenced_table.table_id)
    if (!target) return []
    const row = box.table.columns.indexOf(column)
    const [x1, y1] = [box.x + WIDTH, box.y + (row + 2) * LINE]
    const [x2, y2] = target.x > box.x ? [target.x, target.y + LINE] : [target.x + WIDTH, target.y + LINE]
    const bend = GAP / 2
    const end = target.x > box.x ? x2 - bend : x2 + bend
    return [`<path d="M${x1} ${y1}C${x1 + bend} ${y1} ${end} ${y2} ${x2} ${y2}" fill="none" stroke="#888" marker-end="url(#tip)"/>`]
  })
}

/** Cut to what fits into a box, and made safe for the markup around it. */
function text(line: string): string {
  const fits = Math.floor((WIDTH - 20) / LETTER)
  const cut = line.length > fits ? `${line.slice(0, fits - 1)}…` : line
  return cut.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
