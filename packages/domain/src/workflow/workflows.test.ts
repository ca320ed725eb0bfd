import { describe, expect, it } from 'vitest'
import type { Transition, TransitionDocument } from '../transitions/transition-store.ts'
import type { Caller } from '../people/caller.ts'
import type { PlaceFacts } from '../places/place-facts.ts'
import { Places } from '../places/places.ts'
import { ARCHIVE, DRAFT, FINAL, HARBOUR, insert, outcomeOf, factsWith, person, picture, place, pools, removal, ROOT_POOL } from './test-workflow.ts'
import { rule, SEEN, state, update, workflowsOver } from './test-workflow.ts'
import { tellingOfRejections, TransitionRejection } from './rejection.ts'
import type { FollowUp, WorkflowCase } from './workflow.ts'
import { Workflows } from './workflows.ts'

type Actions = NonNullable<TransitionDocument['actions']>
const REJECT: Partial<Transition> = { type: 'reject', confirm: { 'en-US': 'No.', 'de-DE': 'Nein.' } }
const sets = (...tags: readonly { _id: number; set?: boolean }[]) => ({ type: 'set_tags', info: { tags } })
const stopped = (facts: PlaceFacts, change: WorkflowCase, caller = person(7)): Promise<boolean> =>
  outcomeOf(facts, [change], caller).then(
    () => false,
    (error: unknown) => error instanceof TransitionRejection || Promise.reject(error as Error),
  )
const rejects = (rules: readonly Partial<Transition>[], change: WorkflowCase, caller?: Caller) =>
  stopped(factsWith({ rules: rules.map(rule) }), change, caller)

describe('a rule is about a change', () => {
  const user = (id: number) => ({ _basetype: 'user' as const, user: { _id: id } })
  const group = (id: number) => ({ _basetype: 'group' as const, group: { _id: id } })
  it.each<[string, Partial<Transition>, WorkflowCase, boolean]>([
    ['of an operation it names', { operations: ['INSERT'] }, insert(), true],
    ['and of no other', { operations: ['INSERT'] }, update({}, {}), false],
    ['never when it names no operation', { operations: [] }, insert(), false],
    ['never when it says nothing of operations', { operations: null }, insert(), false],
    ['of an object type it names', { objecttype_ids: [picture.id] }, insert(), true],
    ['and of no other type', { objecttype_ids: [place.id] }, insert(), false],
    ['by the caller it names', { who: [user(7)] }, insert(), true],
    ['and by nobody else', { who: [user(8)] }, insert(), false],
    ['by members of a group it names', { who: [group(4)] }, insert(), true],
    ['except by those it names with who_not', { who: [group(4)], who_not: true }, insert(), false],
    ['by everybody else with who_not', { who: [user(8)], who_not: true }, insert(), true],
    ['by everybody when nobody is named', { who: [], who_not: true }, insert(), true],
    ['by the owner', { who: [{ _owner: true }] }, update({ ownerUser: 7 }, {}), true],
    ['by members of the group that owns', { who: [{ _owner: true }] }, removal({ ownerUser: null, ownerGroup: 4 }), true],
    ['not by who makes himself the owner with it', { who: [{ _owner: true }] }, update({ ownerUser: 8 }, { ownerUser: 7 }), false],
    ['when the stored record has all tags of a list', { 'tagfilter:before': { all: [DRAFT, SEEN] } }, removal({ tags: [DRAFT, SEEN] }), true],
    ['not when it lacks one of them', { 'tagfilter:before': { all: [DRAFT, SEEN] } }, removal({ tags: [DRAFT] }), false],
    ['when it has one of a list', { 'tagfilter:before': { any: [DRAFT, SEEN] } }, removal({ tags: [SEEN] }), true],
    ['not when it has none of them', { 'tagfilter:before': { any: [DRAFT, SEEN] } }, removal(), false],
    ['not when it has an excluded one', { 'tagfilter:before': { not: [SEEN] } }, removal({ tags: [SEEN] }), false],
    ['whatever a new record was before', { 'tagfilter:before': { all: [SEEN] } }, insert(), true],
    ['when the new record has the tags', { 'tagfilter:after': { all: [SEEN] } }, update({}, { tags: [SEEN] }), true],
    ['not when only the stored one had them', { 'tagfilter:after': { all: [SEEN] } }, update({ tags: [SEEN] }, {}), false],
    ['whatever a deleted record would be', { 'tagfilter:after': { all: [SEEN] } }, removal(), true],
    ['when one of the tags is added', { 'tagfilter:after': { changed: [SEEN, DRAFT] } }, update({}, { tags: [SEEN] }), true],
    ['when one of the tags is removed', { 'tagfilter:after': { changed: [SEEN] } }, update({ tags: [SEEN] }, {}), true],
    ['not when they stay', { 'tagfilter:after': { changed: [SEEN] } }, update({ tags: [SEEN] }, { tags: [SEEN, DRAFT] }), false],
    ['when a new record brings one', { 'tagfilter:before': { changed: [SEEN] } }, insert({ tags: [SEEN] }), true],
    ['not when a tagged record is deleted', { 'tagfilter:before': { changed: [SEEN] } }, removal({ tags: [SEEN] }), false],
    [
      'only when the conditions of both sides hold',
      { 'tagfilter:before': { all: [DRAFT] }, 'tagfilter:after': { all: [FINAL] } },
      update({ tags: [DRAFT] }, { tags: [DRAFT] }),
      false,
    ],
  ])('%s', async (_, document, change, expected) => {
    expect(await rejects([{ ...REJECT, ...document }], change, person(7, { groupIds: [4] }))).toBe(expected)
  })

  it('by the contact of the pool or the next one above, of the pool left as well as of the one entered', async () => {
    const facts = factsWith({
      rules: [rule({ ...REJECT, who: [{ _pool_contact: true }] })],
      pools: pools({ [ARCHIVE]: { contact: { _basetype: 'user', user: { _id: 7 } } } }),
    })
    expect(await stopped(facts, update({ poolId: ARCHIVE }, { poolId: ROOT_POOL }))).toBe(true)
    expect(await stopped(facts, update({ poolId: ROOT_POOL }, { poolId: HARBOUR }))).toBe(true)
    expect(await stopped(facts, insert({ poolId: ROOT_POOL }))).toBe(false)
    expect(await stopped(facts, insert({ poolId: HARBOUR }), person(8))).toBe(false)
  })
})

describe('of several rules', () => {
  it.each<[string, TransitionDocument['type'][], boolean]>([
    ['a rejecting one stops the change, wherever it stands', ['resolve', 'exit_resolve', 'reject'], true],
    ['a resolving one lets it pass in spite of an exit', ['resolve', 'exit_reject'], false],
    ['the last exit decides', ['exit_resolve', 'exit_reject'], true],
    ['an earlier exit does not', ['exit_reject', 'exit_resolve', 'process'], false],
    ['those that only act decide nothing', ['process'], false],
  ])('%s', async (_, types, expected) => {
    const rules = types.map((type) => ({ type }))
    expect(await rejects(rules, insert())).toBe(expected)
  })

  it('exits that do not decide do not act either', async () => {
    const rules = [
      rule({ type: 'exit_reject', actions: [sets({ _id: DRAFT })] }),
      rule({ type: 'exit_resolve', actions: [sets({ _id: SEEN })] }),
      rule({ type: 'process', actions: [{ type: 'email', info: { subject: 's' } }] }),
    ]
    const outcome = await outcomeOf(factsWith({ rules }), [insert()])
    expect(outcome.after).toEqual([state({ tags: [SEEN] })])
    expect(outcome.followUps).toEqual([{ kind: 'email', record: 0, ruleId: rules[2]?._id, action: 0, info: { subject: 's' } }])
    expect((await outcomeOf(factsWith({ rules: [...rules, rule({ type: 'resolve' })] }), [insert()])).after).toEqual([state()])
  })
})

describe('the place of a record brings rules', () => {
  const inPool = (id: number, settings: Partial<PlaceFacts['pools'][number]>) => factsWith({ pools: pools({ [id]: settings }) })
  it('from every pool above it, and from none beside or below', async () => {
    expect(await stopped(inPool(ROOT_POOL, { _transitions: [rule(REJECT)] }), insert())).toBe(true)
    expect(await stopped(inPool(HARBOUR, { _transitions: [rule(REJECT)] }), insert())).toBe(true)
    expect(await stopped(inPool(HARBOUR, { _transitions: [rule(REJECT)] }), insert({ poolId: ARCHIVE }))).toBe(false)
  })
  it('unless a private list in between keeps them out, which sticky ones survive', async () => {
    const facts = (sticky: boolean) => ({
      ...factsWith({ rules: [rule({ ...REJECT, sticky })] }),
      pools: pools({ [ARCHIVE]: { _private_transitions: true } }),
    })
    expect(await stopped(facts(false), insert())).toBe(false)
    expect(await stopped(facts(true), insert())).toBe(true)
    expect(await stopped(facts(false), insert({ poolId: ROOT_POOL }))).toBe(true)
  })
  it('and a move obeys those of both pools', async () => {
    const facts = inPool(HARBOUR, { _transitions: [rule(REJECT)] })
    expect(await stopped(facts, update({ poolId: HARBOUR }, { poolId: ARCHIVE }))).toBe(true)
    expect(await stopped(facts, update({ poolId: ARCHIVE }, { poolId: HARBOUR }))).toBe(true)
    expect(await stopped(facts, update({ poolId: ARCHIVE }, { poolId: ARCHIVE }))).toBe(false)
  })
  it('but a rule that holds in both acts once', async () => {
    const facts = factsWith({ rules: [rule({ actions: [{ type: 'email', info: {} }] })] })
    expect((await outcomeOf(facts, [update({ poolId: ARCHIVE }, { poolId: HARBOUR })])).followUps).toHaveLength(1)
  })
  it('from the object type where it is not kept in pools', async () => {
    const rules = [rule(REJECT)]
    const ofPlace = { ...insert({ poolId: null }), table: place }
    expect(await stopped(factsWith({ objecttypes: [{ tableId: place.id, _transitions: rules }] }), ofPlace)).toBe(true)
    expect(await stopped(factsWith({ objecttypes: [{ tableId: picture.id, _transitions: rules }] }), insert())).toBe(false)
    expect(await stopped(factsWith({ rules, objecttypes: [{ tableId: place.id, _private_transitions: true }] }), ofPlace)).toBe(false)
  })
  it('and a record without the pool it should have is under those of the instance', async () => {
    expect(await stopped(factsWith({ rules: [rule(REJECT)] }), insert({ poolId: null }))).toBe(true)
    expect(await stopped(inPool(ROOT_POOL, { _transitions: [rule(REJECT)] }), insert({ poolId: null }))).toBe(false)
  })
  it('and a pool that was made since the settings were read has to be waited for', async () => {
    const facts = factsWith({ rules: [rule(REJECT)] })
    await expect(outcomeOf(facts, [insert({ poolId: 77 })])).rejects.toMatchObject({ code: 'DatabaseLockError', retryable: true })
  })
})

describe('an acting rule', () => {
  const after = async (actions: Actions, change: WorkflowCase) =>
    (await outcomeOf(factsWith({ rules: [rule({ actions })], pools: pools({ [HARBOUR]: { contact: { group: { _id: 5 } } } }) }), [change])).after[0]

  it.each<[string, Actions, readonly number[], readonly number[]]>([
    ['sets tags', [sets({ _id: SEEN, set: true })], [DRAFT], [DRAFT, SEEN]],
    ['sets one that says nothing else', [sets({ _id: SEEN })], [], [SEEN]],
    ['takes tags away', [sets({ _id: DRAFT, set: false })], [DRAFT, SEEN], [SEEN]],
    ['displaces the other tags of a choice', [sets({ _id: FINAL, set: true })], [SEEN, DRAFT], [SEEN, FINAL]],
    ['leaves alone what is so already', [sets({ _id: SEEN, set: true }, { _id: FINAL, set: false })], [SEEN, DRAFT], [SEEN, DRAFT]],
  ])('%s', async (_, actions, before, expected) => {
    expect(await after(actions, insert({ tags: before }))).toEqual(state({ tags: expected }))
  })
  it('sets no tags where the object type has none', async () => {
    const change = { ...insert(), table: { ...picture, hasTags: false } }
    expect(await after([sets({ _id: SEEN, set: true })], change)).toEqual(state())
  })
  it('makes users, groups and contacts the owner', async () => {
    const owner = (to: object) => [{ type: 'change_owner', info: { owner: to } }]
    expect(await after(owner({ user: { _id: 9 } }), insert())).toEqual(state({ ownerUser: 9 }))
    expect(await after(owner({ group: { _id: 3 } }), insert())).toEqual(state({ ownerUser: null, ownerGroup: 3 }))
    expect(await after(owner({ _pool_contact: true }), insert())).toEqual(state({ ownerUser: null, ownerGroup: 5 }))
    expect(await after(owner({ _owner: true }), insert({ ownerUser: 6 }))).toEqual(state({ ownerUser: 6 }))
  })
  it('changes nothing about a record that is deleted, but sends its messages', async () => {
    const rules = [rule({ actions: [sets({ _id: SEEN, set: true }), { type: 'webhook', info: { name: 'shop' } }] })]
    expect(await outcomeOf(factsWith({ rules }), [removal()])).toEqual({
      after: [null],
      question: null,
      followUps: [{ kind: 'webhook', record: 0, ruleId: rules[0]?._id, action: 1, info: { name: 'shop' } }],
    })
  })
  it('whose action nobody can carry out stops what it is about, and nothing else', async () => {
    const rules = [rule({ operations: ['INSERT'], actions: [{ type: 'plugin:gone', info: {} }] })]
    await expect(outcomeOf(factsWith({ rules }), [insert()])).rejects.toThrow('plugin:gone')
    await expect(outcomeOf(factsWith({ rules }), [removal()])).resolves.toMatchObject({ after: [null] })
  })
  it('is followed by the next one, and acts on each record by itself', async () => {
    const rules = [rule({ actions: [sets({ _id: DRAFT })] }), rule({ 'tagfilter:after': { all: [SEEN] }, actions: [sets({ _id: FINAL })] })]
    const { after: states } = await outcomeOf(factsWith({ rules }), [insert(), insert({ tags: [SEEN] })])
    expect(states.map((one) => one?.tags)).toEqual([[DRAFT], [SEEN, FINAL]])
  })
})

describe('people in roles', () => {
  it('are named in messages: the owner that the record has then, and the contact of its pool', async () => {
    const recipients = [{ _owner: true }, { _pool_contact: true }, { group: { _id: 4 } }]
    const rules = [
      rule({
        actions: [
          { type: 'change_owner', info: { owner: { user: { _id: 9 } } } },
          { type: 'email', info: { recipients } },
        ],
      }),
    ]
    const facts = factsWith({ rules, pools: pools({ [HARBOUR]: { contact: { user: { _id: 5 } } } }) })
    const named = async (change: WorkflowCase) => (await outcomeOf(facts, [change])).followUps[0]?.info['recipients']
    expect(await named(insert())).toEqual([{ user: { _id: 9 } }, { user: { _id: 5 } }, { group: { _id: 4 } }])
    expect(await named(removal({ poolId: ARCHIVE, ownerUser: null, ownerGroup: 3 }))).toEqual([{ group: { _id: 3 } }, { group: { _id: 4 } }])
    expect(await named(removal({ poolId: ARCHIVE, ownerUser: null }))).toEqual([{ group: { _id: 4 } }])
  })
})

describe('a rejection', () => {
  const mail = (subject: string) => ({ type: 'email', info: { subject } })
  const rejection = (rules: readonly TransitionDocument[], cases: readonly WorkflowCase[], caller = person(7)) =>
    outcomeOf(factsWith({ rules: rules as never }), cases, caller).catch((error: unknown) => error as TransitionRejection)

  it('speaks the language of the caller, and names rule and record', async () => {
    const rules = [rule(REJECT)]
    expect(await rejection(rules, [update({}, {})], person(7, { language: 'de-DE' }))).toMatchObject({
      code: 'TransitionRejected',
      message: 'Nein.',
      parameters: { message: 'Nein.', transitionid: rules[0]?._id, operation: 'UPDATE', systemobjectid: 900 },
    })
    expect((await rejection([rule({ type: 'reject' })], [insert()])) as TransitionRejection).toMatchObject({
      message: 'A workflow rule does not let this change pass.',
    })
  })
  it('sends the e-mails of the rules that reject, of no others, and no webhooks', async () => {
    const rules = [
      rule({ ...REJECT, operations: ['UPDATE'], actions: [mail('a'), { type: 'webhook', info: { name: 'x' } }] }),
      rule({ ...REJECT, operations: ['DELETE'], actions: [mail('b')] }),
      rule({ actions: [mail('c')] }),
    ]
    const { followUps } = (await rejection(rules, [insert(), update({}, {}), removal()])) as TransitionRejection
    expect(followUps.map(({ kind, record, info }) => [kind, record, info['subject']])).toEqual([
      ['email', 1, 'a'],
      ['email', 2, 'b'],
    ])
  })
  it('is told after its e-mails are queued, and not at all when they cannot be', async () => {
    const stopped = () => outcomeOf(factsWith({ rules: [rule({ ...REJECT, actions: [mail('a')] })] }), [insert()])
    const queued: FollowUp[] = []
    const queue = { add: async (followUps: readonly FollowUp[]) => void queued.push(...followUps) }
    await expect(tellingOfRejections(queue, stopped)).rejects.toMatchObject({ code: 'TransitionRejected' })
    expect(queued).toHaveLength(1)
    await expect(tellingOfRejections({ add: () => Promise.reject(new Error('no queue')) }, stopped)).rejects.toThrow('no queue')
    await expect(tellingOfRejections(queue, () => Promise.resolve(5))).resolves.toBe(5)
    await expect(tellingOfRejections(queue, () => Promise.reject(new Error('other')))).rejects.toThrow('other')
    expect(queued).toHaveLength(1)
  })
})

describe('a question', () => {
  const ask = (text: string, more: Partial<Transition> = {}) => rule({ confirm: { 'en-US': text }, ...more })
  const rules = [
    ask('Publish?', { _id: 1 }),
    ask('Publish?', { _id: 2, operations: ['UPDATE'] }),
    ask('Tell the press?', { _id: 3, type: 'resolve' }),
  ]
  const change = update({ tags: [DRAFT] }, { tags: [FINAL] })

  async function asked(over: {
    rules?: typeof rules
    cases?: WorkflowCase[]
    caller?: ReturnType<typeof person>
    digest?: string
    with?: string | null
  }) {
    const workflow = await museum(over.rules ?? rules).of(over.caller ?? person(7))
    const request = { caller: over.caller ?? person(7), digest: over.digest ?? 'd', confirmation: over.with ?? null }
    return (await workflow.run(over.cases ?? [change], request)).question
  }
  const shared = workflowsOver(factsWith())
  /** The same instance, whatever its rules are at the moment. */
  function museum(current: typeof rules) {
    return new Workflows({ places: { at: () => Promise.resolve(new Places(factsWith({ rules: current }))) }, confirmations: shared.confirmations })
  }

  it('puts each text once, and only those of rules that act', async () => {
    const question = await asked({ rules: [...rules, ask('Never?', { type: 'exit_resolve' })] })
    expect(question?.texts).toEqual(['Publish?', 'Tell the press?'])
    expect((await asked({ cases: [change, change, insert()] }))?.texts).toEqual(['Publish?', 'Tell the press?'])
  })
  it('is answered by its token, for all records at once', async () => {
    const question = await asked({ cases: [change, insert()] })
    expect(await asked({ cases: [change, insert()], with: question?.token ?? '' })).toBeNull()
  })
  it.each<[string, Parameters<typeof asked>[0]]>([
    ['another caller', { caller: person(8) }],
    ['another request', { digest: 'e' }],
    ['another version', { cases: [{ ...change, version: 4 }] }],
    ['another record', { cases: [{ ...change, systemId: 901 }] }],
    ['a record changed since', { cases: [update({ tags: [DRAFT, SEEN] }, { tags: [FINAL] })] }],
    ['another pool', { cases: [update({ tags: [DRAFT] }, { tags: [FINAL], poolId: ARCHIVE })] }],
    ['another owner', { cases: [update({ tags: [DRAFT] }, { tags: [FINAL], ownerUser: 8 })] }],
    ['fewer records', { cases: [] as WorkflowCase[] }],
    ['more records', { cases: [change, insert()] }],
    ['a rule that says something else now', { rules: [{ ...rules[0], comment: 'x' } as never, ...rules.slice(1)] }],
    ['one more rule', { rules: [...rules, rule({ actions: [sets({ _id: SEEN })] })] }],
  ])('is asked again for %s', async (_, other) => {
    const token = (await asked({}))?.token ?? ''
    const again = await asked({ ...other, with: token })
    if (other.cases?.length === 0) return expect(again).toBeNull()
    expect(again?.token).toBeDefined()
    expect(again?.token).not.toBe(token)
  })
  it('is asked again when the token is made up, cut short or too old', async () => {
    const token = (await asked({}))?.token ?? ''
    for (const made of ['', 'yes', '.', token.slice(0, -1), `z${token}`, `zzzzzz.${token.split('.')[1]}`, `${token}=`])
      expect((await asked({ with: made }))?.texts, made).toHaveLength(2)
    shared.time.now = new Date(shared.time.now.getTime() + 599_000)
    expect(await asked({ with: token })).toBeNull()
    shared.time.now = new Date(shared.time.now.getTime() + 1000)
    expect(await asked({ with: token })).not.toBeNull()
  })
  it('is not asked where no rule acts, nor where the texts are empty', async () => {
    expect(await asked({ rules: [ask('')] })).toBeNull()
    expect(await asked({ rules: [ask('Sure?', { operations: ['DELETE'] })] })).toBeNull()
  })
})

it('without any rule nothing is looked at and no key is made', async () => {
  const { workflows, stored } = workflowsOver(factsWith({ rules: [rule({ ...REJECT, operations: [] })] }))
  const workflow = await workflows.of(person(7))
  expect(await workflow.run([insert({ poolId: 77 }), removal()], { caller: person(7), digest: 'd', confirmation: 'x' })).toEqual({
    after: [state({ poolId: 77 }), null],
    question: null,
    followUps: [],
  })
  expect(stored.size).toBe(0)
})
