/**
 * What a save asks before it stores anything. Each question stands once, however many records raise it. Answers that came with
 * the request survive as hidden buttons, and where losing access and a workflow rule are asked about together, one button
 * answers both.
 */
import type { DialogueTask } from '../dialogue/dialogue.ts'
import type { SaveAnswers } from './save-context.ts'

export interface OpenQuestions {
  /** Records that the caller would lose access to. */
  readonly lost: number
  readonly transition: { readonly token: string; readonly texts: readonly string[] } | null
  /** Records that nobody has decided about whether they follow into another pool. */
  readonly pools: number
  /** Collections that would stop sharing. */
  readonly collections: number
}

type Button = DialogueTask['buttons'][number]

export function questionTasks({ lost, transition, pools, collections }: OpenQuestions, answers: SaveAnswers): DialogueTask[] {
  const asksLoss = lost > 0 && !answers.revoke
  const kept = keptAnswers(answers, { asksLoss, asksTransition: transition !== null })
  const tasks: DialogueTask[] = []
  const both = asksLoss && transition ? [confirm('revoke:confirmTransition', `yes:${transition.token}`)] : undefined
  if (asksLoss)
    tasks.push(
      task('Give up access', `After this save you cannot read or write ${records(lost)} any more.`, both ?? [confirm('revoke', 'yes')], kept),
    )
  if (transition) tasks.push(task('Confirm the change', transition.texts.join('\n'), both ?? [confirm('confirmTransition', transition.token)], kept))
  if (pools > 0)
    tasks.push({ ...task('Change the pool', `${records(pools)} inside would stay in another pool.`, [{ text: 'Save' }], kept), form: [poolForm()] })
  if (collections > 0)
    tasks.push(
      task(
        'Stop sharing',
        `${collections === 1 ? 'A collection' : `${collections} collections`} with these records would stop being shared.`,
        [confirm('allow_invalid_acl', 'true')],
        kept,
      ),
    )
  return tasks
}

const records = (count: number) => (count === 1 ? 'one record' : `${count} records`)
const confirm = (name: string, value: string): Button => ({ text: 'Save', name, value })
const task = (title: string, message: string, buttons: readonly Button[], kept: readonly Button[]): DialogueTask => ({
  title,
  message,
  buttons: [...buttons, { text: 'Cancel' }, ...kept],
})

const poolForm = (): NonNullable<DialogueTask['form']>[number] => ({
  label: 'Records inside',
  type: 'options',
  name: 'reverse_pool_changed_mode',
  horizontal: false,
  options: [
    { text: 'Move them along', value: 'reverse_pool_changed_always', disabled: false },
    { text: 'Leave them where they are', value: 'reverse_pool_changed_never', disabled: false },
  ],
})

function keptAnswers(answers: SaveAnswers, { asksLoss, asksTransition }: { asksLoss: boolean; asksTransition: boolean }): Button[] {
  const hidden = (name: string, value: string): Button => ({ text: '', hidden: true, name, value })
  return [
    ...(answers.revoke && !asksLoss ? [hidden('revoke', 'yes')] : []),
    ...(answers.confirmTransition !== null && !asksTransition ? [hidden('confirmTransition', answers.confirmTransition)] : []),
    ...(answers.poolFollowing ? [hidden('reverse_pool_changed_mode', `reverse_pool_changed_${answers.poolFollowing}`)] : []),
    ...(answers.allowInvalidAcl ? [hidden('allow_invalid_acl', 'true')] : []),
  ]
}
