import { type FloodControl, floodControls, type FloodControlId } from './flood-controls.ts'
import type { UserVserver } from './user-vserver.ts'

const controls = Object.entries(floodControls) as [FloodControlId, FloodControl][]

/** Returns the number of a setting; undefined where the section is missing. */
export const floodSetting = (vserver: object, path: string): number | undefined => {
  const [section, field] = path.split('.') as [string, string]
  return (vserver as Record<string, Record<string, number> | undefined>)[section]?.[field]
}

/**
 * Returns a user vserver with the numbers that hold: those of switched off controls are wide; `tight`: those of defence
 * mode. The same object where nothing differs.
 */
export const heldVserver = (vserver: UserVserver, tight: boolean): UserVserver => {
  let result = vserver
  for (const [id, { settings }] of controls) {
    const off = vserver.floods.off.includes(id)
    for (const setting of settings) {
      const value = floodSetting(result, setting.path)
      if (value === undefined) continue
      const held = off ? setting.off ?? value : tight ? setting.tight?.(value) ?? value : value
      if (held === value) continue
      const [section, field] = setting.path.split('.') as [keyof UserVserver, string]
      result = { ...result, [section]: { ...result[section] as object, [field]: held } }
    }
  }
  return result
}
