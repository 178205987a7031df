import type { Config } from './config.ts'
import { describeChoices, describeValue } from './describe-value.ts'
import { WeirError, type Issue } from './error.ts'
import { firstByName } from './finding.ts'
import { lookUp } from './record.ts'
import { extensionAmong, protocolsOf } from './vserver-protocols.ts'

/** Declarations of loaded extensions. */
type Declared = Readonly<Record<string, { readonly fields: readonly { readonly name: string, readonly type: string }[] }>>

type Checked = { readonly [C in 'userProtocols' | 'glbs' | 'userVservers']: readonly Config[C][number][] }

/**
 * Check that the extension of every user vserver publishes the fields that its GLBs match, which only a loaded
 * extension shows. Throws `config-invalid`.
 */
export const checkGlbFields = ({ userProtocols, glbs, userVservers }: Checked, declared: Declared): void => {
  const byName = firstByName(glbs)
  const protocols = firstByName(userProtocols)
  const issues: Issue[] = []
  for (const vserver of userVservers) {
    const extension = extensionAmong(protocolsOf(vserver, name => protocols.get(name)))
    if (extension === undefined) continue
    const choices = (lookUp(declared, extension)?.fields ?? []).filter(({ type }) => type !== 'secret').map(({ name }) => name)
    for (const name of vserver.glbs) {
      const glb = byName.get(name)!
      const field = glb.match.field?.name
      if (field === undefined || choices.includes(field)) continue
      const message = `extension '${extension}' of user vserver '${vserver.name}' publishes no field ${describeValue(field)}; there are: ${describeChoices(choices)}`
      issues.push({ path: `glbs[${glbs.indexOf(glb)}].match.field.name`, message })
    }
  }
  const first = issues[0]
  if (first !== undefined) throw new WeirError('config-invalid', `${first.path}: ${first.message}`, { issues })
}
