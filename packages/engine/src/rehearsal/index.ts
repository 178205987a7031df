// The engine without a network: for the author's test kit, and for benches.
export { MemoryLink, type MemoryLinkEvents } from './memory-link.ts'
export { Rehearsal } from './rehearsal.ts'
export type { RehearsedExtension } from './rehearsed-host.ts'
export { Routes } from '../balancing/routing.ts'
export { SoleServer } from './sole-server.ts'
export { Stage, type StageOptions } from './stage.ts'
export type { Judgement, Transcript } from './transcript.ts'
export type { AnswerReader } from '../extension/answer.ts'
