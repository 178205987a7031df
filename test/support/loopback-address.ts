/**
 * Returns an address of 127.0.0.0/8 that no other process of this kind has, for servers whose port is given: 1883, 80.
 * `role`: 0, 1 or 2.
 */
export const loopbackAddress = (role: 0 | 1 | 2): string => {
  const { pid } = process
  return [127, 16 + role * 64 + (pid >> 16 & 63), pid >> 8 & 255, pid & 255].join('.')
}
