import type { Config } from './config.ts'
import { describeChoices, describeValue } from './describe-value.ts'
import { WeirError, type Issue } from './error.ts'
import { firstByName } from './finding.ts'
import { lookUp } from './record.ts'
import { extensionAmong, protocolsOf } from './vserver-protocols.ts'

/** Declarations of loaded extensions. */
type Declared = Readonly<
  Record<string, { readonly fields: readonly { readonly name: string, readonly type: string }[] }>
>

type Checked = {
  readonly [C in 'userProtocols' | 'lbVservers' | 'glbs' | 'userVservers']: readonly Config[C][number][]
}

/** A field that something asks for, with its place in the configuration. */
interface Asked { readonly field: string, readonly path: string }

/**
 * Check that the extension of every user vserver publishes the fields that its GLBs match, and that persistence there
 * is by, which only a loaded extension shows. Throws `config-invalid`.
 */
export const checkPublishedFields = (config: Checked, declared: Declared): void => {
  const protocols = firstByName(config.userProtocols)
  const issues: Issue[] = []
  for (const vserver of config.userVservers) {
    const extension = extensionAmong(protocolsOf(vserver, name => protocols.get(name)))
    if (extension === undefined) continue
    const choices = (lookUp(declared, extension)?.fields ?? []).filter(({ type }) => type !== 'secret').map((
      { name }
    ) => name)
    for (const { field, path } of fieldsAsked(config, vserver)) {
      if (choices.includes(field)) continue
      issues.push({
        path,
        message: `extension '${extension}' of user vserver '${vserver.name}' publishes no field ${
          describeValue(field)
        }; there are: ${describeChoices(choices)}`
      })
    }
  }
  const first = issues[0]
  if (first !== undefined) throw new WeirError('config-invalid', `${first.path}: ${first.message}`, { issues })
}

function * fieldsAsked ({ lbVservers, glbs }: Checked, vserver: Config['userVservers'][number]): Generator<Asked> {
  const byName = firstByName(glbs)
  const lbs = new Set([vserver.defaultLb, ...vserver.lbVservers])
  for (const name of vserver.glbs) {
    const glb = byName.get(name)!
    const at = `glbs[${glbs.indexOf(glb)}]`
    if (glb.match.field !== undefined) yield { field: glb.match.field.name, path: `${at}.match.field.name` }
    if (glb.affinity.rule?.field !== undefined)
      yield { field: glb.affinity.rule.field, path: `${at}.affinity.rule.field` }
    for (const pool of glb.pools) lbs.add(pool.name)
    if (glb.fallback !== undefined) lbs.add(glb.fallback)
  }
  for (const [i, { name, persistence: { rule } }] of lbVservers.entries()) {
    if (lbs.has(name) && rule?.field !== undefined)
      yield { field: rule.field, path: `lbVservers[${i}].persistence.rule.field` }
  }
}
