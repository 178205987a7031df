import { effect, signal } from '@preact/signals'

/** What the viewer wants: as the system has it, or one of the two. */
export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'weir.theme'
const order: readonly Theme[] = ['auto', 'light', 'dark']

/** The theme. It is kept in the browser, for it is no secret. */
export const theme = signal<Theme>(order.find(known => known === localStorage.getItem(KEY)) ?? 'auto')

const system = matchMedia('(prefers-color-scheme: dark)')
const systemDark = signal(system.matches)
system.addEventListener('change', ({ matches }) => { systemDark.value = matches })

/** True while the page is dark: charts draw with colours of their own. */
export const isDark = (): boolean => theme.value === 'dark' || (theme.value === 'auto' && systemDark.value)

/** Turn to the next theme. */
export const nextTheme = (): void => { theme.value = order[(order.indexOf(theme.value) + 1) % order.length]! }

effect(() => {
  localStorage.setItem(KEY, theme.value)
  if (theme.value === 'auto') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme.value
})
