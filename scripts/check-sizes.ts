/** Files stay small: 600 lines is the end, and the median of hand-written files is printed to be watched. */
import { conclude, sources } from './sources.ts'

const END = 600
const lengths = sources()
  .filter(({ file }) => !file.includes('/src/gen/'))
  .map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }))
  .toSorted((a, b) => a.lines - b.lines)
const at = (share: number) => lengths[Math.floor((lengths.length - 1) * share)]?.lines ?? 0
console.log(`lines per file: median ${at(0.5)}, 90th percentile ${at(0.9)}, largest ${at(1)} (${lengths.at(-1)?.file})`)
conclude(
  'sizes',
  lengths.filter((f) => f.lines > END).map((f) => `${f.file} has ${f.lines} lines; ${END} is the end`),
)
