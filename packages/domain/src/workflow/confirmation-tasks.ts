/** What a workflow asks, as the tasks of a dialogue: one for each text. All are answered by the same token. */
import type { DialogueTask } from '../dialogue/dialogue.ts'
import type { WorkflowOutcome } from './workflow.ts'

export const confirmationTasks = ({ token, texts }: NonNullable<WorkflowOutcome['question']>): DialogueTask[] =>
  texts.map((message) => ({
    title: 'Confirm the change',
    message,
    buttons: [{ text: 'Cancel' }, { text: 'Continue', name: 'confirmTransition', value: token }],
  }))
