/** The question what shall become of links to records that are to be deleted. */
import type { Model } from '../datamodel/model.ts'
import type { DialogueTask } from '../dialogue/dialogue.ts'
import { byTable } from './delete-heads.ts'
import type { LinkingRecord } from './delete-store.ts'

export interface LinkQuestion {
  readonly model: Model
  readonly linking: readonly LinkingRecord[]
  /** How many records would go as well if all that link went. */
  readonly along: number
  /** A field that must not lose its link. */
  readonly required: string | undefined
}

export function linkTask({ model, linking, along, required }: LinkQuestion): DialogueTask {
  const types = byTable(model, linking).map(([{ name }, records]) => `${records.length} of ${name}`)
  const option = (value: string, text: string, disabled = false) => ({ text, value, disabled })
  const clear = `Clear the links in ${counted(linking.length)}`
  return {
    title: 'Delete records',
    message: `Other records still link to what would be deleted: ${types.join(', ')}. What shall become of them?`,
    form: [
      {
        ...{ label: 'What shall become of the links?', type: 'options', name: 'delete_policy', horizontal: false },
        options: [
          option('remove', `Delete ${counted(along)} as well`),
          required === undefined ? option('setnull', clear) : option('setnull', `${clear} (not possible: ${required} must not be empty)`, true),
          option('create_collection', `Delete nothing and gather the records in a new collection`),
        ],
      },
    ],
    // Which answer is given is in the form; this button only says that one is.
    buttons: [{ text: 'Delete', name: 'confirm', value: 'delete' }, { text: 'Cancel' }],
  }
}

const counted = (count: number) => (count === 1 ? '1 linking record' : `${count} linking records`)
