import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { operationsOf } from '../scripts/document.ts'
import { printErrors, readErrors } from '../scripts/errors.ts'
import { generate } from '../scripts/pipeline.ts'

const OPENAPI = path.resolve(import.meta.dirname, '../../../openapi')
const temporary = mkdtempSync(path.join(tmpdir(), 'vitrine-generator-'))
afterAll(() => rmSync(temporary, { recursive: true }))

const filesOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file), readFileSync(file, 'utf8')] as const)
      .toSorted(([a], [b]) => a.localeCompare(b)),
  )

describe('the generator', () => {
  it('gives the same bytes again, wherever the sources lie', async () => {
    const copy = path.join(temporary, 'elsewhere')
    cpSync(OPENAPI, copy, { recursive: true })
    await generate(OPENAPI, path.join(temporary, 'first'))
    await generate(copy, path.join(temporary, 'second'))
    const first = filesOf(path.join(temporary, 'first'))
    expect(filesOf(path.join(temporary, 'second'))).toEqual(first)
    expect(Object.keys(first)).toHaveLength(11)
  })
  it('has been run on the present sources', async () => {
    await generate(OPENAPI, path.join(temporary, 'present'))
    expect(filesOf(path.resolve(import.meta.dirname, '../src/gen'))).toEqual(filesOf(path.join(temporary, 'present')))
  })
  it('types a header behind a reference as optional unless it is required', async () => {
    await generate(OPENAPI, path.join(temporary, 'typed'))
    const types = readFileSync(path.join(temporary, 'typed/instance/types.ts'), 'utf8')
    const answer = types.slice(types.indexOf('responses: {', types.indexOf('fileTusWrite: {')))
    expect(answer).toMatch(/"Upload-Offset": number;/)
    expect(answer).toMatch(/"Upload-Expires"\?: string;/)
  })
  it('refuses an operation with a code that has no file', async () => {
    const copy = path.join(temporary, 'unregistered')
    cpSync(OPENAPI, copy, { recursive: true })
    rmSync(path.join(copy, 'errors/VersionMismatch.yaml'))
    await expect(generate(copy, path.join(temporary, 'out'))).rejects.toThrow('error code VersionMismatch has no file in openapi/errors')
  })
  it('refuses a document that refers to what does not exist', async () => {
    const copy = path.join(temporary, 'dangling')
    cpSync(OPENAPI, copy, { recursive: true })
    rmSync(path.join(copy, 'schemas/User.yaml'))
    await expect(generate(copy, path.join(temporary, 'out'))).rejects.toThrow('instance.yaml does not bundle')
  })
})

describe('operations', () => {
  const operation = { operationId: 'a', tags: ['t'], 'x-vitrine-right': 'public', responses: {} }
  const doc = (...operations: object[]) => ({ paths: Object.fromEntries(operations.map((op, i) => [`/${i}`, { get: op }])) })
  it.each([
    ['no operationId', { ...operation, operationId: undefined }, 'GET /0: operationId is missing'],
    ['two tags', { ...operation, tags: ['t', 'u'] }, 'GET /0: exactly one tag is needed'],
    ['no tag', { ...operation, tags: undefined }, 'GET /0: exactly one tag is needed'],
    ['no right', { ...operation, 'x-vitrine-right': undefined }, 'GET /0: x-vitrine-right is missing'],
  ])('with %s are refused', (_, broken, message) => expect(() => operationsOf(doc(broken))).toThrow(message))
  it('with the same operationId are refused', () => expect(() => operationsOf(doc(operation, operation))).toThrow('operationId a is used twice'))
})

describe('a parameter that may hold slashes', () => {
  const marked = { name: 'rest', in: 'path', required: true, schema: { type: 'string' }, 'x-vitrine-slashes': true }
  const operation = { operationId: 'a', tags: ['t'], 'x-vitrine-right': 'public', responses: {}, parameters: [marked] }
  it('is found at the end of a path', () => {
    expect(operationsOf({ paths: { '/a/{rest}': { get: operation } } })[0]?.rest).toBe('rest')
  })
  it.each(['/a/{rest}/b', '/a/x{rest}'])('is refused anywhere else: %s', (at) =>
    expect(() => operationsOf({ paths: { [at]: { get: operation } } })).toThrow('only the last segment of a path may hold slashes'),
  )
})

describe('the register of errors', () => {
  const good = {
    status: 404,
    package: 'api',
    meaning: 'It is not there.',
    text: 'There is no {thing}.',
    parameters: { thing: { type: 'string', description: 'What was asked for.' } },
  }
  const read = (entry: unknown, file = 'Gone.yaml') => {
    const folder = mkdtempSync(path.join(temporary, 'errors-'))
    mkdirSync(folder, { recursive: true })
    // JSON is YAML.
    writeFileSync(path.join(folder, file), typeof entry === 'string' ? entry : JSON.stringify(entry))
    return readErrors(folder)
  }

  it('reads a good file', async () => {
    const register = await read(good)
    expect(register.get('Gone')).toEqual(good)
    expect(printErrors(register)).toContain('Gone: { /** What was asked for. */ thing: string }')
  })
  it.each([
    ...(['status', 'package', 'meaning', 'text'] as const).map(
      (key) => [`no ${key}`, { ...good, [key]: undefined }, `errors/Gone.yaml: ${key} is missing`] as const,
    ),
    ['a text that names no parameter', { ...good, text: '{other}' }, 'the text names {other}, which is no parameter'],
    ['a status that is no failure', { ...good, status: 200 }, 'status 200 is no failure'],
    ['a status that is text', { ...good, status: '404' }, 'status 404 is no failure'],
    ['an unknown key', { ...good, statuscode: 404 }, 'statuscode is no key of an error'],
    [
      'a parameter of an unknown type',
      { ...good, parameters: { thing: { type: 'date', description: 'd' } } },
      'parameter thing has the unknown type date',
    ],
    ['a parameter without a description', { ...good, parameters: { thing: { type: 'string' } } }, 'parameter thing has no description'],
    [
      'a parameter that every error has',
      { ...good, parameters: { ...good.parameters, realm: { type: 'string', description: 'd' } } },
      'parameter realm is implied',
    ],
    ['nothing in it', '', 'errors/Gone.yaml: is no mapping'],
  ] as [string, unknown, string][])('refuses a file with %s', async (_, entry, message) => {
    await expect(read(entry)).rejects.toThrow(message)
  })
  it('refuses a file that is not named like a code', async () => {
    await expect(read(good, 'not-a-code.yaml')).rejects.toThrow('errors/not-a-code.yaml: the name is no code')
  })
})
