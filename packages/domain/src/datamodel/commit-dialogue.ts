/** What is asked before a commit. */
import type { Schemas } from '@vitrine/contract/instance'

export type Dialogue = Schemas['Dialogue']
type Task = Dialogue['tasks'][number]

const CONFIRM = { text: 'Commit', name: 'confirm', value: 'yes' }
const MODES: readonly (readonly [value: string, text: string])[] = [
  ['skip', 'Leave the search index as it is'],
  ['reindex', 'Renew the search index in the background'],
  ['reindex_block', 'Renew the search index and keep clients closed until it is done'],
]

export function commitDialogue(version: number, askReindex: boolean): Dialogue {
  const task: Task = {
    title: `Commit version ${version} of the datamodel`,
    message: askReindex
      ? 'The changes concern what can be found and how it is shown. Records are found by the new rules once the search index has been renewed.'
      : 'The changes take effect for all records at once.',
    buttons: [CONFIRM],
  }
  const options = MODES.map(([value, text]) => ({ value, text, disabled: false }))
  return { tasks: [askReindex ? { ...task, form: [{ label: 'Search index', type: 'options', name: 'reindex', horizontal: false, options }] } : task] }
}
