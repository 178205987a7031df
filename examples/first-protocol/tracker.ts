// node tracker.ts PORT IMEI [--stay]: sends the IMEI and prints the answer. With --stay, sends a position every second.
import { connect } from 'node:net'

const [port, imei = '', stay] = process.argv.slice(2)
const position = '000000000000003608010000016b40d8ea30010000000000000000000000000000000105021503010101425e0f01f10000601a014e0000000000000000010000c7cf'

const socket = connect(Number(port), '127.0.0.1')
socket.write(Uint8Array.of(0, imei.length, ...Buffer.from(imei)))
socket.on('data', answer => {
  console.log(answer.toString('hex'))
  if (stay === undefined) socket.end()
  else setTimeout(() => socket.write(position, 'hex'), 1000)
})
