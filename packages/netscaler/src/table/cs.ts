import { WeirError, type GlbMatch } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import type { Call, Command, ObjectWords, Target } from '../grammar/command.ts'
import { nameOf, number, text, type Kind } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { countEntities, showCsVservers, showEntities } from '../show/entities.ts'
import { statEntities } from '../show/stat.ts'
import { readCsRule } from './cs-rule.ts'
import { repeated, repeatOptions } from './reading-commands.ts'
import { textOf } from './set-field.ts'

/** The words of content switching: a policy is a GLB, and the vserver the user vserver that lists it. */
export const csObjects: readonly ObjectWords[] = [
  {
    object: 'cs vserver', aliases: ['vs'],
    doc: 'A user vserver, with the policies that lead its clients by name and path.'
  },
  { object: 'cs policy', doc: 'A GLB: the names and paths of clients, and the LB vservers that serve them.' }
]

const vserver: Parameter = { name: 'name', kind: nameOf('userVservers'), doc: 'Name of the user vserver.' }
const policy: Parameter = { name: 'policyName', kind: nameOf('glbs', 'policyName'), doc: 'Name of the policy.' }
const target: Parameter = {
  name: 'targetLBVserver', kind: nameOf('lbVservers', 'LB vserver'),
  doc: 'LB vserver that serves the clients of the policy: its pool.'
}
const defaultLb: Parameter = {
  name: 'lbvserver', kind: nameOf('lbVservers', 'LB vserver'), doc: 'LB vserver of clients that no policy matches.'
}

const rule: Kind = { synopsis: '<expression>', read: readCsRule, write: () => undefined }
const domain: Kind = {
  synopsis: '<domain>', read: word => ({ value: { hosts: [word.toLowerCase()] } }), write: () => undefined
}
const url: Kind = {
  synopsis: '<url>',
  read: word => /^\/[^*]*\/\*$/.test(word) ? { value: { path: word.slice(0, -2) || '/' } } : {
    outside: `${word}: a GLB has the beginning of a path, as /api/*`
  },
  write: () => undefined
}
const matches: readonly Parameter[] = [
  {
    name: 'rule', kind: rule,
    doc: 'As in `HTTP.REQ.HOSTNAME.EQ("a.example") && HTTP.REQ.URL.STARTSWITH("/api")`; names may be joined by `||`.'
  },
  { name: 'domain', kind: domain, doc: 'A name, or `*.` and a domain.' },
  { name: 'url', kind: url, doc: 'The beginning of a path, as `/api/*`.' }
]
const noListener: Kind = {
  synopsis: '<serviceType>',
  read: () => ({ outside: 'user vservers listen: add user vserver …, and bind the policies to it' }),
  write: () => undefined
}

/** Content switching, as GLBs. */
export const csCommands: readonly Command[] = [
  {
    verb: 'add', object: 'cs vserver',
    parameters: { arguments: [
      vserver, { name: 'serviceType', kind: noListener, doc: 'Skipped.' },
      { name: 'rest', kind: text('rest'), optional: true, many: true, doc: 'Skipped.' }
    ], options: [] },
    doc: 'Skipped: user vservers listen.', rest: 'createUserVserver', run: { edit: () => undefined }
  },
  {
    verb: 'show', object: 'cs vserver', parameters: { arguments: [{ ...vserver, optional: true }], options: [] },
    doc: 'Show the user vserver, or every one.', rest: 'listUserVservers', run: { act: showCsVservers }
  },
  {
    verb: 'stat', object: 'cs vserver',
    parameters: { arguments: [{ ...vserver, optional: true }], options: repeatOptions },
    doc: 'Show the counters of the user vserver, or of every one.', rest: 'getStats',
    run: { act: repeated(statEntities('userVservers')) }
  },
  {
    verb: 'bind', object: 'cs vserver', parameters: { arguments: [vserver], options: [policy, target, defaultLb] },
    foreign: {
      priority: 'the most specific name decides, then the longest path', gotoPriorityExpression: 'one policy decides',
      type: 'one policy decides', invoke: 'one policy decides',
      domainName: 'Weir has no global server load balancing by DNS'
    },
    doc: 'Bind a policy to a user vserver, or its default LB vserver.', rest: 'patchUserVserver', run: { edit: bind }
  },
  {
    verb: 'unbind', object: 'cs vserver', parameters: { arguments: [vserver], options: [policy] },
    foreign: { priority: 'a policy is bound once' }, doc: 'Unbind a policy from a user vserver.',
    rest: 'patchUserVserver', run: { edit: unbind }
  },
  {
    verb: 'add', object: 'cs policy',
    parameters: { arguments: [{ ...policy, name: 'name' }], options: [
      ...matches, target,
      { name: 'weight', kind: number('weight'), own: true, doc: 'Share of the pool, with steering `weighted`.' }
    ] },
    foreign: { action: 'a policy names its LB vserver: -targetLBVserver', logAction: 'Weir writes its own log' },
    doc: 'Create a policy. Without -targetLBVserver it waits for the `bind` in the same file that names one.',
    rest: 'createGlb', run: { edit: addPolicy }
  },
  {
    verb: 'set', object: 'cs policy', parameters: { arguments: [{ ...policy, name: 'name' }], options: matches },
    foreign: { action: 'a policy names its LB vserver', logAction: 'Weir writes its own log' },
    doc: 'Change whom a policy matches.', rest: 'patchGlb', run: { edit: setPolicy }
  },
  {
    verb: 'rm', object: 'cs policy', parameters: { arguments: [{ ...policy, name: 'name' }], options: [] },
    doc: 'Remove a policy.', rest: 'deleteGlb', run: { edit: removePolicy }
  },
  {
    verb: 'show', object: 'cs policy',
    parameters: { arguments: [{ ...policy, name: 'name', optional: true }], options: [] },
    doc: 'Show the policy, or every one.', rest: 'listGlbs', run: { act: showEntities('glbs') }
  },
  {
    verb: 'stat', object: 'cs policy',
    parameters: { arguments: [{ ...policy, name: 'name', optional: true }], options: repeatOptions },
    doc: 'Show the counters of the policy, or of every one.', rest: 'getStats',
    run: { act: repeated(statEntities('glbs')) }
  },
  {
    verb: 'count', object: 'cs policy', parameters: { arguments: [], options: [] }, doc: 'Count every policy.',
    rest: 'listGlbs', run: { act: countEntities('glbs') }
  }
]

/** Whom the options match; undefined where they were skipped. */
const matchOf = (call: Call): GlbMatch | undefined => {
  const given = matches.flatMap(({ name }) => call.given.has(name) ? [call.given.get(name)!.value as GlbMatch] : [])
  return given.length === 0 ? undefined : Object.assign({}, ...given) as GlbMatch
}

const pool = (call: Call): { name: string, weight?: number } => ({
  name: textOf(call, 'targetLBVserver'),
  ...call.given.has('weight') ? { weight: call.given.get('weight')!.value as number } : {}
})

function addPolicy (draft: Draft, call: Call): Target | undefined {
  const name = textOf(call, 'name')
  const match = matchOf(call)
  if (match === undefined) {
    call.skip(name, 'it matches nobody that a GLB can match')
    call.context.policies.set(name, undefined)
    return undefined
  }
  if (draft.glbs.get(name) !== undefined) throw new WeirError('name-taken', `there is a GLB '${name}' already`)
  if (!call.given.has('targetLBVserver')) {
    call.context.policies.set(name, { match, call })
    return undefined
  }
  draft.glbs.create({ name, match, pools: [pool(call)] })
  return { collection: 'glbs', name }
}

function setPolicy (draft: Draft, call: Call): Target {
  const name = textOf(call, 'name')
  const match = matchOf(call)
  if (match !== undefined) draft.glbs.replace(name, { ...draft.glbs.require(name), match })
  else draft.glbs.require(name)
  return { collection: 'glbs', name }
}

function removePolicy (draft: Draft, call: Call): Target {
  const name = textOf(call, 'name')
  draft.glbs.delete(name)
  return { collection: 'glbs', name }
}

function bind (draft: Draft, call: Call): Target | undefined {
  const name = textOf(call, 'name')
  const present = draft.userVservers.require(name)
  if (call.given.has('lbvserver')) {
    draft.userVservers.patch(name, { defaultLb: textOf(call, 'lbvserver') })
    return { collection: 'userVservers', name }
  }
  if (!call.given.has('policyName')) throw new WeirError(
    'command-invalid', '-policyName <policyName> or -lbvserver <LB vserver> is missing'
  )
  const glb = textOf(call, 'policyName')
  if (call.context.policies.has(glb)) {
    const waiting = call.context.policies.get(glb)
    if (waiting === undefined) {
      call.skip('-policyName', `'${glb}' was skipped`)
      return undefined
    }
    if (!call.given.has('targetLBVserver')) throw new WeirError(
      'command-invalid', `-targetLBVserver <LB vserver> is missing: policy '${glb}' has none yet`
    )
    draft.glbs.create({ name: glb, match: waiting.match, pools: [pool(call)] })
    call.context.policies.delete(glb)
  } else {
    draft.glbs.require(glb)
  }
  if (present.glbs.includes(glb)) throw new WeirError(
    'name-taken', `policy '${glb}' is bound to user vserver '${name}' already`
  )
  draft.userVservers.patch(name, { glbs: [...present.glbs, glb] })
  return { collection: 'userVservers', name }
}

function unbind (draft: Draft, call: Call): Target {
  const name = textOf(call, 'name')
  if (!call.given.has('policyName')) throw new WeirError('command-invalid', '-policyName <policyName> is missing')
  const glb = textOf(call, 'policyName')
  const { glbs } = draft.userVservers.require(name)
  if (!glbs.includes(glb)) throw new WeirError(
    'not-found', `policy '${glb}' is not bound to user vserver '${name}'; there are: ${glbs.join(', ') || '(none)'}`
  )
  draft.userVservers.patch(name, { glbs: glbs.filter(other => other !== glb) })
  return { collection: 'userVservers', name }
}
