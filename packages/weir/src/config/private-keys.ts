import { WeirError, type Certkey, type Config } from '@weirlb/model'

/** A certkey as answers show it. */
export const withoutKey = (certkey: Certkey): Certkey => {
  const { key: _, ...shown } = certkey
  return shown
}

/** A configuration as answers show it. */
export const withoutKeys = (config: Config): Config => ({ ...config, certkeys: config.certkeys.map(withoutKey) })

/**
 * Give every certkey that came without its key the key it has: keys are write-only, so what was read cannot contain them.
 * Throws `config-invalid` for a certificate whose key is not known.
 */
export const keepKeys = (present: Config, next: Config): Config => {
  const issues = []
  const certkeys = next.certkeys.map(certkey => {
    if (certkey.cert === undefined || certkey.key !== undefined) return certkey
    const known = present.certkeys.find(c => c.name === certkey.name)
    return known?.key !== undefined && known.cert === certkey.cert ? { ...certkey, key: known.key } : certkey
  })
  for (const [i, { name, cert, key }] of certkeys.entries()) {
    if (cert !== undefined && key === undefined) {
      const why = present.certkeys.some(c => c.name === name) ? 'its cert changed' : 'there is no certkey of this name to take it from'
      issues.push({ path: `certkeys[${i}].key`, message: `certkey '${name}' needs its private key: keys are write-only, no answer contains them, and ${why}; add it` })
    }
    if (key !== undefined && cert === undefined) {
      issues.push({ path: `certkeys[${i}].cert`, message: `certkey '${name}' has a key but no cert; give both or neither` })
    }
  }
  const first = issues[0]
  if (first !== undefined) throw new WeirError('config-invalid', `${first.path}: ${first.message}`, { issues })
  return { ...next, certkeys }
}
