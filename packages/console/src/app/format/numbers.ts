const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const three = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** `12,345`. */
export const countText = (count: number): string => whole.format(count)

/** `1 connection`, `12,345 connections`. */
export const countedText = (count: number, noun: string): string =>
  `${countText(count)} ${noun}${count === 1 ? '' : 's'}`

/** `0.4`, `12.3`, `1,240`: three digits, where they matter. */
export const numberText = (number: number): string =>
  Math.abs(number) >= 1000 ? whole.format(number) : three.format(number)

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** `512 B`, `1.5 KiB`, `23.1 MiB`: powers of 1024. */
export const bytesText = (bytes: number): string => {
  let [left, unit] = [Math.abs(bytes), 0]
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1024
    unit++
  }
  return `${bytes < 0 ? '−' : ''}${unit === 0 ? whole.format(left) : numberText(left)} ${units[unit]!}`
}

/** `0.35 ms`, `12 ms`, `1.2 s`. */
export const msText = (ms: number): string => ms < 1000 ? `${three.format(ms)} ms` : `${three.format(ms / 1000)} s`

/** `12.3 %` of a share from 0 to 1. */
export const percentText = (share: number): string => `${three.format(share * 100)} %`
