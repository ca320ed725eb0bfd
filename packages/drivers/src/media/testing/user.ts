/**
 * A program that uses media, for tests of what is left of its processes. `end`: it reads one file and ends without closing
 * anything. `stay`: it tells the processes it has and goes on with the file until it is killed.
 */
import { MediaHere } from '../media-here.ts'

const [, , mode, path = '', extension = ''] = process.argv
const media = new MediaHere()
const work = media.read({ path, extension }, new AbortController().signal)
if (mode === 'stay') {
  const told = setInterval(() => {
    if (media.pids.length === 2) process.stdout.write(`${media.pids.join(' ')}\n`, () => clearInterval(told))
  }, 20)
}
console.log(JSON.stringify((await work).technical))
