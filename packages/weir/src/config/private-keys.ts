import { canServe, certkeyParts, holds, WeirError, withoutSecrets, type Certkey, type Config } from '@weirlb/model'

/** Returns a configuration as responses show it. */
export const withoutKeys = (config: Config): Config => ({ ...config, certkeys: config.certkeys.map(withoutSecrets) })

/**
 * The secrets that a certkey keeps when it comes without them: the key of the same certificate, the pre-shared keys of
 * one that is about nothing else, and the MAC key of the same account at the same authority.
 */
const kept = (certkey: Certkey, known: Certkey | undefined): Partial<Certkey> => {
  if (known === undefined) return {}
  if (certkey.acme !== undefined) {
    const binding = certkey.acme.externalAccountBinding
    const before = known.acme?.externalAccountBinding
    const same = binding !== undefined && binding.hmacKey === undefined && binding.keyId === before?.keyId &&
      certkey.acme.directory === known.acme?.directory
    return same ? { acme: { ...certkey.acme, externalAccountBinding: before } } : {}
  }
  const sameCert = holds(certkey, 'cert') && known.cert === certkey.cert && known.certFile === certkey.certFile
  if (sameCert && !holds(certkey, 'key') && known.key !== undefined) return { key: known.key }
  return known.psk !== undefined && certkeyParts.every(part => !holds(certkey, part)) ? { psk: known.psk } : {}
}

/**
 * Fill in the existing secrets of every certkey that came without them: they are write-only, so a configuration that
 * was read lacks them. Throws `config-invalid` for a certificate whose key is unknown.
 */
export const keepKeys = (present: Config, next: Config): Config => {
  const issues = []
  const byName = new Map(present.certkeys.map(certkey => [certkey.name, certkey]))
  const certkeys = next.certkeys.map(certkey => {
    const secrets = kept(certkey, byName.get(certkey.name))
    return Object.keys(secrets).length === 0 ? certkey : { ...certkey, ...secrets }
  })
  for (const [i, certkey] of certkeys.entries()) {
    const { name, acme } = certkey
    if (acme?.externalAccountBinding !== undefined && acme.externalAccountBinding.hmacKey === undefined) {
      issues.push({ path: `certkeys[${i}].acme.externalAccountBinding.hmacKey`, message: `certkey '${name}' needs the MAC key of its account: it is write-only, no answer contains it, and none of this \`keyId\` and \`directory\` is known; add it` })
    }
    if (holds(certkey, 'cert') && !canServe(certkey)) {
      const why = byName.has(name) ? 'its cert changed' : 'there is no certkey of this name to take it from'
      issues.push({
        path: `certkeys[${i}].key`,
        message:
          `certkey '${name}' needs its private key: keys are write-only, no answer contains them, and ${why}; add it`
      })
    }
    if (holds(certkey, 'key') && !holds(certkey, 'cert')) {
      issues.push({
        path: `certkeys[${i}].cert`,
        message: `certkey '${name}' has a key but no cert; give both or neither`
      })
    }
  }
  const first = issues[0]
  if (first !== undefined) throw new WeirError('config-invalid', `${first.path}: ${first.message}`, { issues })
  return { ...next, certkeys }
}
