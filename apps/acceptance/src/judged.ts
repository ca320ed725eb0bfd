/** fetch, with every answer judged by the document of the plane it came from. */
import { adminOperations, adminValidators } from '@vitrine/contract/admin'
import { ContractChecker } from '@vitrine/contract/check'
import { instanceOperations, instanceValidators } from '@vitrine/contract/instance'

const instance = new ContractChecker(instanceValidators, instanceOperations, { codes: true })
const admin = new ContractChecker(adminValidators, adminOperations, { codes: false })

async function judged(checker: ContractChecker, url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init)
  await checker.check({ method: init.method ?? 'GET', url }, response)
  return response
}

export const instanceFetch = (url: string, init?: RequestInit): Promise<Response> => judged(instance, url, init)
export const adminFetch = (url: string, init?: RequestInit): Promise<Response> => judged(admin, url, init)
