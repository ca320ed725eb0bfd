/** What is worked out from the settings of one instance: the rules and tags of its places, and the answers to questions. */
import { ByRevision } from '@vitrine/domain/places/by-revision'
import type { PlaceSource } from '@vitrine/domain/places/place-facts'
import { Places } from '@vitrine/domain/places/places'
import { Confirmations, type ConfirmationPorts } from '@vitrine/domain/workflow/confirmations'
import { Workflows } from '@vitrine/domain/workflow/workflows'

export interface RulePorts extends ConfirmationPorts {
  readonly placeSource: PlaceSource
}

export interface Rules {
  readonly places: ByRevision<Places>
  readonly confirmations: Confirmations
  readonly workflows: Workflows
}

export function rulesOf({ placeSource, ...ports }: RulePorts): Rules {
  const places = new ByRevision(async () => {
    const { revision, value } = await placeSource.read()
    return { revision, value: new Places(value) }
  })
  const confirmations = new Confirmations(ports)
  return { places, confirmations, workflows: new Workflows({ places, confirmations }) }
}
