import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const PACKAGE = path.resolve(import.meta.dirname, '..')
const COMPILER = path.join(PACKAGE, '../../node_modules/.bin/tsc')
const DIRECTIVE = /^\s*\/\/ @ts-expect-error (TS\d+) (.+)$/

/** The messages of the compiler by line; lines that belong to a message are part of it. */
function compile(source: string): Map<number, string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'vitrine-typing-'))
  try {
    writeFileSync(path.join(folder, 'stripped.ts'), source.replaceAll("'../src/", `'${PACKAGE}/src/`))
    writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}')
    const compilerOptions = { typeRoots: [path.join(PACKAGE, 'node_modules/@types')] }
    writeFileSync(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: path.join(PACKAGE, '../../tsconfig.base.json'), compilerOptions, files: ['stripped.ts'] }),
    )
    return messages(output(folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function output(folder: string): string {
  try {
    return execFileSync(COMPILER, ['-p', folder, '--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
  } catch (error) {
    // The compiler ends with a failure exactly because it has something to say.
    return (error as { stdout: string }).stdout
  }
}

function messages(text: string): Map<number, string> {
  const found = new Map<number, string>()
  let line = 0
  for (const part of text.split('\n')) {
    const start = /^(.+?)\((\d+),\d+\): error (.*)$/.exec(part)
    if (start) line = start[1]?.endsWith('stripped.ts') ? Number(start[2]) : -1
    if (part) found.set(line, `${found.get(line) ?? ''}${start ? start[3] : part}\n`)
  }
  return found
}

const lines = readFileSync(path.join(import.meta.dirname, 'typing.ts'), 'utf8').split('\n')
const expected = lines.flatMap((line, index) => {
  const [, code, part] = DIRECTIVE.exec(line) ?? []
  // The line below the directive, counted from one.
  const name = /export const (\w+)/.exec(lines[index + 1] ?? '')?.[1]
  return code && part && name ? [{ name, line: index + 2, code, part }] : []
})

describe('what the compiler refuses in a handler', () => {
  const said = compile(lines.map((line) => (line.includes('@ts-expect-error') ? '//' : line)).join('\n'))

  it('is written down with a reason for every directive', () => {
    expect(lines.filter((line) => line.trimStart().startsWith('// @ts-expect-error'))).toHaveLength(expected.length)
    expect(expected.length).toBeGreaterThanOrEqual(20)
  })
  it.each(expected)('$name', ({ line, code, part }) => {
    expect(said.get(line)).toContain(`${code}:`)
    expect(said.get(line)).toContain(part)
  })
  it('is nothing else', () => expect([...said.keys()].toSorted((a, b) => a - b)).toEqual(expected.map((e) => e.line)))
})
