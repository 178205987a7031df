import type { Weir } from '@weirlb/core'

/** How many of the services of an LB vserver take clients. */
export interface ServicesUp { readonly total: number, readonly up: number, readonly percent: number }

/** Count the services of LB vservers that are up, by the name of the LB vserver. */
export const servicesUp = async (weir: Weir): Promise<(lbVserver: string) => ServicesUp> => {
  const all = (await Promise.all([weir.services.statuses(), weir.serviceGroups.statuses()])).flat()
  // A name or a service group counts by its members.
  const states = new Map(
    all.map(({ name, status: { value, members } }) => [name, members?.map(member => member.value) ?? [value]])
  )
  return name => {
    const found = (weir.lbVservers.get(name)?.value.services ?? []).flatMap(bound => states.get(bound.name) ?? [])
      .filter(value => value !== 'leaving')
    const up = found.filter(value => value === 'up').length
    return { total: found.length, up, percent: found.length === 0 ? 0 : Math.round(up * 100 / found.length) }
  }
}
