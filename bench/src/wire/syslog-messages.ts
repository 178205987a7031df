/** Facilities that the messages take turns in. */
const FACILITIES = 24

/**
 * Syslog messages of RFC 5424 with octet counting (RFC 6587, §3.4.1), `size` bytes each in all, one of each facility.
 */
export const syslogMessages = (size: number): Buffer[] => Array.from({ length: FACILITIES }, (_, facility) => {
  const head = `<${facility * 8 + 6}>1 2026-01-01T00:00:00.000Z sensor-${facility} bench - - - `
  const length = size - String(size).length - 1
  const body = head + 'x'.repeat(length - head.length)
  return Buffer.from(`${body.length} ${body}`)
})
