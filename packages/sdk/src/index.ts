export { Malformed, type Bytes } from './bytes.ts'
export type { ClientCertificate, NameAttribute } from './client-certificate.ts'
export type {
  ClientInfo,
  ProxiedInfo,
  Context,
  FieldSpec,
  FieldType,
  FieldValue,
  LogLevel,
  Message
} from './context.ts'
export {
  allow,
  edgeFunction,
  redirect,
  respond,
  type EdgeAllow,
  type EdgeCertificate,
  type EdgeClient,
  type EdgeDecision,
  type EdgeFunction,
  type EdgeHeaders,
  type EdgeRequest,
  type EdgeRespond,
  type HeaderEdits
} from './edge-function.ts'
export type { DeclaredKeys, KeyedCommands } from './keys.ts'
export {
  frame,
  KiB,
  MiB,
  type ByteRange,
  type ClosingFrames,
  type Framing,
  type Match,
  type PeekByFirstByte,
  type PeekCase
} from './framing.ts'
export {
  param,
  type EntrySpec,
  type ListParam,
  type Param,
  type ParamIssue,
  type ParamsOf,
  type ParamSpec,
  type ScalarParam
} from './params.ts'
export type { Judgement, NextStep, Probe, ProbeContext } from './probe.ts'
export {
  defineProtocol,
  type Protocol,
  type Reason,
  type SecurityFields,
  type Side,
  type StreamSide,
  type TlsStep,
  type Unanswered,
  type WebSocketSpeech
} from './protocol.ts'
export { Reader } from './reader.ts'
export { more, pass, pipe, type More, type Pass, type PipeOn, type StreamVerdict } from './stream-verdict.ts'
export { decodeUtf8, encodeUtf8 } from './utf8.ts'
export {
  drop,
  forward,
  reject,
  split,
  type Drop,
  type DropBytes,
  type Forward,
  type Key,
  type Keys,
  type PartReply,
  type Pieces,
  type Ranges,
  type Reject,
  type ServiceReply,
  type Split,
  type SplitByKeys,
  type SplitToServices,
  type Then,
  type Verdict
} from './verdict.ts'
