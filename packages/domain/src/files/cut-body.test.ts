import { describe, expect, it } from 'vitest'
import { CutBody } from './cut-body.ts'

async function* body(...chunks: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk
    yield new TextEncoder().encode(chunk)
  }
}

async function textOf(piece: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of piece) text += new TextDecoder().decode(chunk)
  return text
}

async function piecesOf(cut: CutBody): Promise<string[]> {
  const pieces: string[] = []
  while (await cut.more()) pieces.push(await textOf(cut.piece()))
  return pieces
}

describe('a body that is cut', () => {
  it.each([
    ['of one chunk', ['abcdefgh'], ['abc', 'def', 'gh']],
    ['of chunks that are smaller', ['a', 'b', 'c', 'd'], ['abc', 'd']],
    ['of chunks that end within a piece', ['ab', 'cdef', 'g'], ['abc', 'def', 'g']],
    ['that ends with a piece', ['abc', 'def'], ['abc', 'def']],
    ['with empty chunks', ['', 'ab', '', 'c', ''], ['abc']],
    ['without a byte', [''], []],
  ])('%s comes in pieces', async (_, chunks, pieces) => {
    const cut = new CutBody(body(...chunks), 3)
    expect(await piecesOf(cut)).toEqual(pieces)
    expect(() => cut.demandWhole()).not.toThrow()
  })

  it.each([
    ['within a piece', ['abcd', new Error('gone')], ['abc', 'd']],
    ['between two pieces', ['abc', new Error('gone')], ['abc']],
    ['at once', [new Error('gone')], []],
  ])('that breaks off %s brings what has come before it fails', async (_, chunks, pieces) => {
    const cut = new CutBody(body(...chunks), 3)
    expect(await piecesOf(cut)).toEqual(pieces)
    expect(() => cut.demandWhole()).toThrow('gone')
  })

  it('is read no further than has been asked for', async () => {
    let read = 0
    async function* counted() {
      for (const chunk of ['abc', 'def', 'ghi']) {
        read++
        yield new TextEncoder().encode(chunk)
      }
    }
    const cut = new CutBody(counted(), 3)
    expect(await cut.more()).toBe(true)
    expect(await textOf(cut.piece())).toBe('abc')
    expect(read).toBe(1)
  })
})
