/** What the rules that are about a change make of it: it is stopped, or it passes and some of them act. */
import type { Rule } from './rule.ts'

export type Verdict = { readonly rejectedBy: readonly [Rule, ...Rule[]] } | { readonly acting: readonly Rule[] }

export function verdictOf(rules: readonly Rule[]): Verdict {
  const [first, ...others] = rules.filter(({ type }) => type === 'reject')
  if (first) return { rejectedBy: [first, ...others] }
  // An exit decides only where nothing else does, and only the last one of them.
  const exit = rules.some(({ type }) => type === 'resolve')
    ? undefined
    : rules.findLast(({ type }) => type === 'exit_resolve' || type === 'exit_reject')
  if (exit?.type === 'exit_reject') return { rejectedBy: [exit] }
  return { acting: rules.filter((rule) => rule.type === 'process' || rule.type === 'resolve' || rule === exit) }
}
