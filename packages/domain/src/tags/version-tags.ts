/** Tags that belong to all versions of a record stand on every version once the newest one has them, and on none once it has not. */
import type { PlaceTags } from './place-tags.ts'

/** The tags of one version, as they count now. `known` are all tags of the instance. */
export function tagsOfVersion(ofVersion: readonly number[], ofNewest: readonly number[], known: PlaceTags): number[] {
  const isForAll = (id: number) => known.get(id)?.tag.data.type === 'all_versions'
  return [...ofVersion.filter((id) => !isForAll(id)), ...ofNewest.filter(isForAll)]
}
