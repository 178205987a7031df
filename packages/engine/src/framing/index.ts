// The framing compiler, for code that frames streams without an engine: the author's test kit, and monitors.
export { cut, type Cut, type CutFrame } from './cut.ts'
export { compileFraming } from './cutter.ts'
export { MALFORMED, NEED_MORE, Progress, TOO_LARGE, type Cutter } from './measure.ts'
export { whyBroken } from './why-broken.ts'
export { compileProtocol, type MessageSpec, type ProtocolSpec, type SideSpec, type StreamSpec } from './spec.ts'
