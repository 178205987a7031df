import type { Weir } from '@weirlb/core'

/** How many of the services of an LB vserver take clients. */
export interface ServicesUp { readonly total: number, readonly up: number, readonly percent: number }

/** Count the services of LB vservers that are up, by the name of the LB vserver. */
export const servicesUp = async (weir: Weir): Promise<(lbVserver: string) => ServicesUp> => {
  const up = new Set((await weir.services.statuses()).filter(({ status }) => status.value === 'up').map(({ name }) => name))
  return name => {
    const bound = weir.lbVservers.get(name)?.value.services ?? []
    const count = bound.filter(service => up.has(service.name)).length
    return { total: bound.length, up: count, percent: bound.length === 0 ? 0 : Math.round(count * 100 / bound.length) }
  }
}
