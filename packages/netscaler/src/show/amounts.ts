/** `0 days, 00:05:12`, as NetScaler writes a time. */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (count: number): string => String(count).padStart(2, '0')
  return `${Math.floor(whole / 86_400)} days, ${two(Math.floor(whole / 3600) % 24)}:${
    two(Math.floor(whole / 60) % 60)
  }:${two(whole % 60)}`
}

/** `1 service`, `2 services`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** YES or NO. */
export const yesNo = (value: boolean): string => value ? 'YES' : 'NO'
