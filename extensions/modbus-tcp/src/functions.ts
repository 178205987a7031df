/** Function codes that change nothing in a device (MODBUS Application Protocol V1.1b3 §6). */
const reading: ReadonlySet<number> = new Set([
  0x01, // read coils
  0x02, // read discrete inputs
  0x03, // read holding registers
  0x04, // read input registers
  0x07, // read exception status
  0x0b, // get comm event counter
  0x0c, // get comm event log
  0x11, // report server ID
  0x14, // read file record
  0x18, // read FIFO queue
  0x2b // encapsulated interface transport: read device identification
])

export const isReading = (code: number): boolean => reading.has(code)
