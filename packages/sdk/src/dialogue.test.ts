import { describe, expect, it } from 'vitest'
import { fake, json } from '../test/fake-server.ts'
import { DialogueError, isDialogue, settle, type DialogueTask } from './index.ts'
import { completed } from './dialogue.ts'

const commit: DialogueTask = {
  title: 'Commit',
  message: 'The index has to follow.',
  form: [
    {
      label: 'Index',
      type: 'options',
      name: 'reindex',
      horizontal: false,
      options: [
        { text: 'Later', value: 'skip', disabled: false },
        { text: 'Now', value: 'reindex', disabled: true },
      ],
    },
  ],
  buttons: [{ text: 'Cancel' }, { text: 'Commit', name: 'confirm', value: 'yes' }, { text: '', hidden: true, name: 'revoke', value: 'yes' }],
}
const save = { path: { objecttype: 'vase' }, query: { skip_index: true }, body: [{ _objecttype: 'vase', _mask: 'vase_all' }] } as const

describe('a question of the server', () => {
  it('is answered by the identical request with the choices, the button and what is hidden', async () => {
    const { sdk, seen } = fake([json({ tasks: [commit] }, 202), json([])])
    const result = await sdk.objectSave({ ...save, body: [...save.body] })
    if (!isDialogue(result)) throw new Error('a dialogue was expected')
    expect(result.tasks[0]?.title).toBe('Commit')
    expect(await result.answer({ reindex: 'skip' })).toEqual([])
    expect(seen[1]).toMatchObject({ method: 'POST', path: '/api/v1/db/vase', body: seen[0]?.body })
    expect(seen[1]?.query).toEqual({ skip_index: 'true', reindex: 'skip', confirm: 'yes', revoke: 'yes' })
  })

  it('may be followed by another, and earlier answers survive', async () => {
    const second: DialogueTask = { title: 'Access', message: 'You lose access.', buttons: [{ text: 'Yes', name: 'confirmTransition', value: 't' }] }
    const { sdk, seen } = fake([json({ tasks: [commit] }, 202), json({ tasks: [second] }, 202), json([])])
    const asked: string[] = []
    await settle(await sdk.objectSave({ ...save, body: [...save.body] }), (dialogue) => {
      asked.push(dialogue.tasks[0]?.title ?? '')
      return asked.length === 1 ? { reindex: 'skip' } : {}
    })
    expect(asked).toEqual(['Commit', 'Access'])
    expect(seen[2]?.query).toMatchObject({ reindex: 'skip', confirm: 'yes', confirmTransition: 't' })
  })

  it('refuses choices that are missing, disabled, or not offered', () => {
    expect(() => completed([commit], {})).toThrow(DialogueError)
    expect(() => completed([commit], { reindex: 'reindex' })).toThrow('needs a choice of reindex')
    expect(() => completed([commit], { reindex: 'skip', colour: 'blue' })).toThrow('no question offers colour=blue')
    expect(() => completed([commit], { reindex: 'skip', confirm: 'no' })).toThrow('no question offers confirm=no')
  })

  it('wants one of several buttons to be named', () => {
    const task: DialogueTask = {
      title: 'Pictures',
      message: 'Render again?',
      buttons: [
        { text: 'Yes', name: 'confirm', value: 'resync' },
        { text: 'No', name: 'confirm', value: 'skip' },
      ],
    }
    expect(() => completed([task], {})).toThrow('confirm=resync, confirm=skip')
    expect(completed([task], { confirm: 'skip' })).toEqual({ confirm: 'skip' })
  })

  it('stops when the server never has enough', async () => {
    const { sdk } = fake(() => json({ tasks: [{ title: 'Again', message: '', buttons: [] }] }, 202))
    await expect(settle(await sdk.schemaCommit(), () => ({}))).rejects.toThrow('keeps asking')
  })

  it('cannot be forgotten: the result does not compile before it is asked about', async () => {
    const { sdk } = fake([json([{ _objecttype: 'vase' }]), json({ status: 'ok' })])
    const result = await sdk.objectSave({ ...save, body: [...save.body] })
    // @ts-expect-error A dialogue is no list of records.
    expect(result[0]).toEqual({ _objecttype: 'vase' })
    const committed = await sdk.schemaCommit()
    // @ts-expect-error A dialogue has no status.
    expect(committed.status).toBe('ok')
  })
})
