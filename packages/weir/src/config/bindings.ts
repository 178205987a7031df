import { describeChoices, WeirError, type LbVserver } from '@weirlb/model'

/**
 * An LB vserver with one more service; `binding` is left for the schema to check. Throws `name-taken` where it is bound
 * already.
 */
export const bound = (lb: LbVserver, binding: unknown): unknown => {
  const name = typeof binding === 'object' && binding !== null && 'name' in binding ? binding.name : undefined
  if (lb.services.some(service => service.name === name)) {
    const message = `service '${
      String(name)
    }' is bound to LB vserver '${lb.name}' already; its weight changes with a PATCH of the LB vserver's \`services\``
    throw new WeirError('name-taken', `name: ${message}`, { issues: [{ path: 'name', message }] })
  }
  return { ...lb, services: [...lb.services, binding] }
}

/** An LB vserver without a service. Throws `not-found` where it is not bound. */
export const unbound = (lb: LbVserver, service: string): LbVserver => {
  const services = lb.services.filter(({ name }) => name !== service)
  if (services.length < lb.services.length) return { ...lb, services }
  throw new WeirError(
    'not-found',
    `service '${service}' is not bound to LB vserver '${lb.name}'; bound are: ${
      describeChoices(lb.services.map(({ name }) => name))
    }`
  )
}
