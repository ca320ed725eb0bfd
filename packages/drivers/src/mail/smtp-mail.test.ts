/** The client against a mail server of our own, which speaks as much of the protocol as it needs. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { MailRefused } from '@vitrine/domain/ports/mail'
import { afterEach, describe, expect, it } from 'vitest'
import { SmtpMail } from './index.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** Answers each command; `refusals` by its first word. Collects what it was told. */
async function mailServer(refusals: Readonly<Record<string, string>> = {}) {
  const heard: string[] = []
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    let inData = false
    let rest = ''
    const answer = (line: string) => {
      heard.push(line)
      if (inData && line !== '.') return
      const word = inData ? 'DONE' : (line.split(/[ :]/)[0] ?? '').toUpperCase()
      inData = word === 'DATA' && !refusals['DATA']
      socket.write(`${refusals[word] ?? (word === 'DATA' ? '354 go on' : word === 'EHLO' ? '250 hello' : '250 fine')}\r\n`)
    }
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\r\n')
      rest = lines.pop() ?? ''
      lines.forEach(answer)
    })
    socket.write('220 ready\r\n')
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { heard, url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const letter = {
  id: '0190-1',
  to: ['mia@museum.test', 'noah@museum.test'],
  subject: 'Loan\r\nBcc: all@museum.test',
  text: 'Grüße aus Zürich\n.\nend',
}
const send = (url: string, message = letter) => {
  const mail = new SmtpMail({ url, from: 'Museum <noreply@museum.test>', timeoutMs: 2000 })
  return mail.send(message).finally(() => mail.close())
}

describe('a mail', () => {
  it('reaches the server with sender, receivers, id and text', async () => {
    const { heard, url } = await mailServer()
    await send(url)
    const text = heard.join('\n')
    expect(heard).toEqual(expect.arrayContaining(['MAIL FROM:<noreply@museum.test>', 'RCPT TO:<mia@museum.test>', 'RCPT TO:<noah@museum.test>']))
    expect(text).toContain('Message-ID: <0190-1@vitrine>')
    expect(text).toContain('Subject: Loan Bcc: all@museum.test')
    expect(text).toContain('Gr=C3=BC=C3=9Fe aus Z=C3=BCrich')
    expect(heard.filter((line) => /^bcc:/i.test(line))).toEqual([])
  })

  it('that the server will never take is told apart from one that it does not take now', async () => {
    for (const refusals of [{ RCPT: '550 nobody of that name' }, { DONE: '554 no thanks' }, { MAIL: '553 not from you' }] as Record<string, string>[])
      await expect(send((await mailServer(refusals)).url)).rejects.toThrow(MailRefused)
    for (const refusals of [{ RCPT: '450 later' }, { DONE: '452 full' }, { EHLO: '421 busy', HELO: '421 busy' }] as Record<string, string>[]) {
      const failure = await send((await mailServer(refusals)).url).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(Error)
      expect(failure).not.toBeInstanceOf(MailRefused)
    }
    await expect(send('smtp://127.0.0.1:1')).rejects.not.toBeInstanceOf(MailRefused)
  })

  it('sends no password without encryption', async () => {
    const { heard, url } = await mailServer()
    await expect(send(url.replace('smtp://', 'smtp://user:secret@'))).rejects.toThrow(/TLS/i)
    expect(heard.join()).not.toContain('AUTH')
  })

  it('can neither read files nor fetch addresses', async () => {
    const { heard, url } = await mailServer()
    await send(url, { ...letter, text: 'file:///etc/passwd' })
    expect(heard.join('\n')).not.toContain('root:')
  })

  it('is not sent any more when the work has been called off', async () => {
    const mail = new SmtpMail({ url: 'smtp://127.0.0.1:1', from: 'a@b.test' })
    await expect(mail.send(letter, AbortSignal.abort())).rejects.toThrow('abort')
    mail.close()
  })
})
