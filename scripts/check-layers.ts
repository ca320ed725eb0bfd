/** Fails when a package imports one that stands to its right; layers.ts has the rules. */
import { layerProblems } from './layers.ts'
import { conclude, sources } from './sources.ts'

conclude('layers', layerProblems(sources()))
