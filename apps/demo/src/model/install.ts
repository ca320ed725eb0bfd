/** Puts the datamodel of the collection beside what the instance has already. Safe to repeat: what is there is left alone. */
import { settle, type Choices, type DialogueTask, type Vitrine } from '@vitrine/sdk'
import { MASKS } from './masks.ts'
import { TABLES } from './tables.ts'

const names = (list: readonly { readonly name?: string | null }[]): Set<string> => new Set(list.map((entry) => entry.name ?? ''))

export async function installDatamodel(sdk: Vitrine): Promise<'made' | 'was there'> {
  const current = { path: { version: 'CURRENT' } }
  const [schema, masks] = await Promise.all([sdk.schemaRead(current), sdk.maskList(current)])
  const committed = new Set([...names(schema.tables), ...names(masks.masks)])
  if ([...TABLES, ...MASKS].every(({ name }) => committed.has(name ?? ''))) return 'was there'

  // The working copy is saved whole, so what others have in it goes along.
  const head = { path: { version: 'HEAD' } }
  const draft = await sdk.schemaRead(head)
  const tables = names(draft.tables)
  await sdk.schemaSave({ body: { ...draft, tables: [...draft.tables, ...TABLES.filter((table) => !tables.has(table.name))] } })
  const draftMasks = await sdk.maskList(head)
  const own = names(MASKS)
  await sdk.maskSave({ body: { ...draftMasks, masks: [...draftMasks.masks.filter((mask) => !own.has(mask.name ?? '')), ...MASKS] } })
  await settle(await sdk.schemaCommit(), ({ tasks }) => commitChoices(tasks))
  return 'made'
}

/** Commits, and lets the search index follow in the background where there is a choice. */
export function commitChoices(tasks: readonly DialogueTask[]): Choices {
  const choices: Record<string, string> = {}
  for (const field of tasks.flatMap((task) => task.form ?? [])) {
    const open = field.options.filter((option) => !option.disabled)
    const chosen = open.find((option) => option.value === 'reindex') ?? open[0]
    if (chosen) choices[field.name] = chosen.value
  }
  return choices
}
