import { WeirError, type Certkey, type Config } from '@weirlb/model'
import { certkeyFaults } from '@weirlb/link'

/** Check what only OpenSSL can tell of the certkeys that are new or changed: `certificate-invalid`, with an issue for each fault, before anything uses them. */
export const checkCertkeys = (present: Config, next: Config): void => {
  const known = new Map(present.certkeys.map(certkey => [certkey.name, certkey]))
  const issues = next.certkeys.flatMap((certkey, i) => {
    const before = known.get(certkey.name)
    if (before !== undefined && samePems(before, certkey)) return []
    return certkeyFaults(certkey).map(({ field, message }) => ({ path: `certkeys[${i}].${field}`, message: `certkey '${certkey.name}': \`${field}\` ${message}` }))
  })
  const [first, ...more] = issues
  if (first === undefined) return
  throw new WeirError('certificate-invalid', `${first.path}: ${first.message}${more.length > 0 ? ` (and ${more.length} more)` : ''}`, { issues })
}

const samePems = (a: Certkey, b: Certkey): boolean => a.cert === b.cert && a.key === b.key && a.ca === b.ca
