// The framing compiler, for those who cut streams without an engine: the author's test kit.
export { MALFORMED, NEED_MORE, Progress, TOO_LARGE, type Cutter } from './measure.ts'
export { compileProtocol, type MessageSpec, type ProtocolSpec, type SideSpec, type StreamSpec } from './spec.ts'
