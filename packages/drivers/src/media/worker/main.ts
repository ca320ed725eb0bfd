/**
 * The process that opens files. It is started by `worker-process.ts`, does one task at a time, and ends with its parent. What a
 * task needs is loaded when the first of its kind comes, so that a process that only recognises types stays small.
 */
import { MediaFailure } from '@vitrine/domain/ports/media'
import type { Answer, Task } from '../tasks.ts'

// An ordinary end would wait for a decoder that may never come back.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.on('message', (task) => void answer(task as Task))

async function answer(task: Task): Promise<void> {
  process.send?.(await outcome(task))
}

async function outcome(task: Task): Promise<Answer> {
  try {
    return { ok: true, value: await perform(task) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return error instanceof MediaFailure ? { ok: false, trouble: error.trouble, message } : { ok: false, message }
  }
}

async function perform(task: Task): Promise<unknown> {
  switch (task.do) {
    case 'detect':
      return (await import('./detect.ts')).detect(task.head)
    case 'read':
      if (task.kind === 'sound') return (await import('./read-sound.ts')).readSound(task.path)
      return (await import('./read-picture.ts')).readPicture(task.kind, task.path, task.limits)
    case 'levels':
      return (await import('./levels.ts')).writeLevels(task)
    case 'image':
      return (await import('./make-image.ts')).makeImage(task)
  }
}
