const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const day = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' })

/** `+02:00`: the viewer's offset from UTC at that time. */
export const offsetText = (time: Date): string => {
  const minutes = -time.getTimezoneOffset()
  const two = (number: number): string => String(Math.floor(number)).padStart(2, '0')
  return `${minutes < 0 ? '−' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`
}

/** `21:04:05`, in the viewer's zone. */
export const clockText = (ms: number): string => clock.format(ms)

/** `2026-11-30 21:04:05 +02:00`, in the viewer's zone. */
export const timeText = (ms: number): string => `${day.format(ms)} ${clock.format(ms)} ${offsetText(new Date(ms))}`

/** `45 s`, `12 min`, `3 h 20 min`, `4 d 2 h`: the two largest units. */
export const durationText = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  const rest = (count: number, unit: string): string => count === 0 ? '' : ` ${count} ${unit}`
  return hours < 24 ? `${hours} h${rest(minutes % 60, 'min')}` : `${Math.floor(hours / 24)} d${rest(hours % 24, 'h')}`
}
