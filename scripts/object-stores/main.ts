/** The command line of `scripts/services`; what it promises is said there. */
import { AZURITE } from './azurite.ts'
import { place } from './place.ts'
import { CannotInstall, ServiceRunner } from './service.ts'
import { SWIFT } from './swift.ts'

const SERVICES = [SWIFT, AZURITE]
const CODES = { failed: 1, usage: 2, stopped: 3, cannotInstall: 4 }
const say = (text: string) => console.error(`services: ${text}`)

async function main([verb, name]: readonly string[]): Promise<number> {
  const chosen = SERVICES.filter((service) => name === undefined || service.name === name)
  if (!['start', 'stop', 'status'].includes(verb ?? '') || chosen.length === 0) {
    console.error('usage: scripts/services start|stop|status [swift|azurite]')
    return CODES.usage
  }
  const { programs, data } = place(process.env)
  let code = 0
  for (const service of chosen) {
    const outcome = await carryOut(verb ?? '', new ServiceRunner(service, programs, data), service.name)
    code = code || outcome
  }
  return code
}

/** One that fails does not keep the others from being started or stopped. */
async function carryOut(verb: string, runner: ServiceRunner, name: string): Promise<number> {
  try {
    if (verb === 'stop') {
      await runner.stop()
      return 0
    }
    const settings = verb === 'start' ? await runner.start(say) : await runner.status()
    for (const [key, value] of Object.entries(settings ?? {})) console.log(`${key}=${value}`)
    if (settings) return 0
    say(`${name} does not run`)
    return CODES.stopped
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return error instanceof CannotInstall ? CODES.cannotInstall : CODES.failed
  }
}

process.exitCode = await main(process.argv.slice(2))
