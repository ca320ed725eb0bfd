import { describe, expect, it } from 'vitest'
import { connectTo } from './connect.ts'

const pathOf = (url: string) => (connectTo(url, { max: 1 }).options as unknown as { path: string | false }).path

describe('connectTo', () => {
  it('takes the folder of a Unix socket as an encoded host or in a parameter', () => {
    expect(pathOf('postgres://me:secret@%2Frun%2Fpostgresql:5433/db')).toBe('/run/postgresql/.s.PGSQL.5433')
    expect(pathOf('postgres://me@localhost/db?host=/run/postgresql')).toBe('/run/postgresql/.s.PGSQL.5432')
  })

  it('leaves names and addresses alone', () => {
    expect(pathOf('postgres://me@127.0.0.1:5433/db')).toBe(false)
    expect(connectTo('postgres://me@db.museum.example/db', { max: 1 }).options.host).toEqual(['db.museum.example'])
  })
})
