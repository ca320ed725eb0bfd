import { describe, expect, it } from 'vitest'
import { ownServices } from './own-services.ts'

const of = (settings: Partial<Parameters<typeof ownServices>[0]>) => ownServices({ databaseUrl: null, searchUrl: null, smtpUrl: null, ...settings })

describe('own services', () => {
  it('are those that the settings name, with the port that is usual for each', () => {
    expect(of({ databaseUrl: 'postgres://u:p@db.test/v', searchUrl: 'https://search.test', smtpUrl: 'smtp://mail.test' })).toEqual([
      { host: 'db.test', port: 5432 },
      { host: 'search.test', port: 443 },
      { host: 'mail.test', port: 587 },
    ])
    expect(of({ databaseUrl: 'postgresql://[::1]:5433/v', smtpUrl: 'smtps://mail.test' })).toEqual([
      { host: '::1', port: 5433 },
      { host: 'mail.test', port: 465 },
    ])
  })

  it('are all database servers of a list, and the one of this machine where none is named', () => {
    expect(of({ databaseUrl: 'postgres://one.test,two.test:5433/v' })).toEqual([
      { host: 'one.test', port: 5433 },
      { host: 'two.test', port: 5433 },
    ])
    expect(of({ databaseUrl: 'postgres:///v' })).toEqual([{ host: 'localhost', port: 5432 }])
  })

  it('are no sockets, and nothing that is not set', () => {
    expect(of({ databaseUrl: 'postgres://u@%2Frun%2Fpostgresql/v' })).toEqual([])
    expect(of({})).toEqual([])
  })
})
