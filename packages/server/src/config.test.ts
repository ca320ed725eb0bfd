import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { readSettings, sampleFile, SettingsError, TABLE } from './config.ts'

describe('readSettings', () => {
  it('has a default for everything', () => {
    expect(readSettings({}, null)).toMatchObject({
      port: 8080,
      adminPort: 6060,
      host: '127.0.0.1',
      dataDir: './data',
      databaseUrl: null,
      defaultInstance: 'default',
    })
  })

  it('puts the environment over the file', () => {
    const file = 'port: 1000\nadmin:\n  port: 2000\n'
    expect(readSettings({ VITRINE_PORT: '3000' }, file)).toMatchObject({ port: 3000, adminPort: 2000 })
  })

  it('takes an empty variable for one that is not set, except where empty has a meaning', () => {
    expect(readSettings({ VITRINE_PORT: '', VITRINE_DEFAULT_INSTANCE: '' }, null)).toMatchObject({ port: 8080, defaultInstance: '' })
  })

  it('names all problems at once', () => {
    const problems = () => readSettings({ VITRINE_PORT: '70000', VITRINE_PROT: '1', VITRINE_EXTERNAL_URL: 'museum' }, 'colour: red\n')
    expect(problems).toThrow(SettingsError)
    for (const name of ['VITRINE_PORT', 'VITRINE_PROT', 'VITRINE_EXTERNAL_URL', 'colour']) expect(problems).toThrow(name)
  })

  it('reads places that are blocked and open, and says which of them it cannot read', () => {
    expect(readSettings({ VITRINE_BLOCKED_HOSTS: '10.0.0.0/8, *.intern.test,[::1]:8083' }, null).blockedHosts).toHaveLength(3)
    expect(readSettings({ VITRINE_BLOCKED_HOSTS: '["0.0.0.0/0", "::/0"]' }, null).blockedHosts).toEqual(['0.0.0.0/0', '::/0'])
    expect(() => readSettings({ VITRINE_BLOCKED_HOSTS: '["0.0.0.0/0"' }, null)).toThrow('VITRINE_BLOCKED_HOSTS')
    expect([{ VITRINE_BLOCKED_HOSTS: '[]' }, {}].map((set) => readSettings(set, null).blockedHosts)).toEqual([[], null])
    expect(readSettings({}, 'blocked_hosts: []\nopen_hosts: ["mail.test:25"]').openHosts).toEqual(['mail.test:25'])
    expect(() => readSettings({ VITRINE_BLOCKED_HOSTS: '10.0.0.0/8:80' }, null)).toThrow('VITRINE_BLOCKED_HOSTS cannot be read: "10.0.0.0/8:80"')
    expect(() => readSettings({ VITRINE_OPEN_HOSTS: 'mail.test' }, null)).toThrow('has to be a host with its port')
  })

  it('wants a sender where there is a mail server', () => {
    expect(() => readSettings({ VITRINE_SMTP_URL: 'smtp://mail.test' }, null)).toThrow('VITRINE_MAIL_FROM')
    expect(readSettings({ VITRINE_SMTP_URL: 'smtp://mail.test', VITRINE_MAIL_FROM: 'a@b.test' }, null).mailFrom).toBe('a@b.test')
  })

  it('tells a file that is no YAML', () => {
    expect(() => readSettings({}, 'a: [')).toThrow(/vitrine\.yml/)
  })

  it('prints a sample file with every setting, all of them switched off', () => {
    const sample = sampleFile()
    for (const { env } of Object.values(TABLE)) expect(sample).toContain(env)
    expect(readSettings({}, sample)).toEqual(readSettings({}, null))
    expect(Object.values(parse(sample) as object).every((value) => value === null)).toBe(true)
  })
})
