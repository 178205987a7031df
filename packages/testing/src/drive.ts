import { Routes, SoleServer, Stage, type Rehearsal } from '@weirlb/engine/rehearsal'
import { userVserver } from '@weirlb/model'
import type { Bytes, ClientInfo, Reason } from '@weirlb/sdk'
import type { ParamValue } from '@weirlb/sdk/abi'
import type { AnswerRecord } from './batch.ts'
import { checkedParams } from './checked-params.ts'
import type { Chunk, Driven, DriveOptions, Stream } from './driven.ts'
import { joined } from './hex.ts'
import { Outcome } from './outcome.ts'
import { recordedAnswer } from './recorded-answer.ts'
import { LIMITS, loaded, type LoadedProtocol, type Subject } from './subject.ts'

const CLIENT = 0
const SERVER = 1
type Side = typeof CLIENT | typeof SERVER

/** The one server of a drive, for every `via`. */
const server = new SoleServer('test')
class AnyName extends Map<string, SoleServer> {
  override get (): SoleServer { return server }
}

interface Played { readonly stage: Stage, readonly described: string }

/** The stage of each protocol: a property test drives one ten thousand times. */
const stages = new WeakMap<LoadedProtocol, Played>()

const stageOf = (
  protocol: LoadedProtocol,
  vserver: string,
  params: Readonly<Record<string, ParamValue>>,
  startTls: Partial<ClientInfo> | undefined
): Stage => {
  const described = JSON.stringify([vserver, params, startTls !== undefined])
  const before = stages.get(protocol)
  // A host without its guest would wait for another.
  const lives = before?.stage.host.state === 'up'
  if (before !== undefined && !lives) before.stage.dispose()
  const stage = lives ? before!.stage : new Stage({
    config: userVserver.parse({ name: 'test', protocol: 'test', port: 0, defaultLb: 'test' }), routing: new Routes(server, new AnyName())
  }, { name: protocol.guest.declaration.name, options: LIMITS, failOpen: false, maxHeldBytes: 1024 * 1024, wantsSites: false }, protocol.guest)
  if (!lives || before!.described !== described) stage.host.describeVserver(stage.index, { name: vserver, params, startTls: startTls !== undefined })
  stage.startTls = startTls
  stages.set(protocol, { stage, described })
  return stage
}

/** `stream` as chunks with their sides. */
export const chunksOf = (stream: Stream): { readonly side: Side, readonly bytes: Bytes }[] =>
  (Array.isArray(stream) ? stream as readonly Chunk[] : [stream as Chunk]).map(chunk =>
    chunk instanceof Uint8Array
      ? { side: CLIENT, bytes: chunk }
      : 'client' in chunk
      ? { side: CLIENT, bytes: chunk.client }
      : { side: SERVER, bytes: chunk.server }
  )

/** Plays a stream, each chunk in a turn of its own, to its end. */
const play = (rehearsal: Rehearsal<AnswerRecord>, stream: Stream, end: boolean): void => {
  // onConnect is called before the first byte.
  rehearsal.settle()
  for (const { side, bytes } of chunksOf(stream)) {
    if (side === CLIENT) rehearsal.clientSays(bytes)
    else if (rehearsal.hasServer) rehearsal.serverSays(bytes)
    else if (!rehearsal.isOver)
      throw new TypeError('bytes of a server before a message was forwarded: there is no server yet')
    rehearsal.settle()
  }
  if (end) rehearsal.clientEnds()
  rehearsal.settle()
  rehearsal.stopWaiting()
  rehearsal.settle()
}

/**
 * Runs a stream through a protocol: the real engine and the real guest loop, without sockets. Each chunk arrives in a
 * turn of its own. The server is connected at once, and accepts all bytes at once. Throws a TypeError for parameters
 * that do not match their declaration.
 */
export const drive = (protocol: Subject, stream: Stream, options: DriveOptions = {}): Driven => {
  const subject = loaded(protocol)
  const { guest } = subject
  const stage = stageOf(subject, options.vserver ?? 'test', checkedParams(guest, options.params), options.startTls)
  const { client = {} } = options
  const rehearsal = stage.rehearse(
    { ...client, address: client.address ?? '127.0.0.1', port: client.port ?? 49152 },
    recordedAnswer
  )
  try {
    play(rehearsal, stream, options.end === true)
    const { transcript } = rehearsal
    const { crossings, closed, goodbye } = transcript
    const outcome = new Outcome(guest)
    for (const judgement of transcript.judgements) outcome.take(judgement)
    if (goodbye !== undefined) outcome.replies.push(Uint8Array.from(goodbye))
    const counters = { ...transcript.counters }
    const goodbyes: Partial<Record<Reason, Bytes | undefined>> = {}
    for (const reason of options.goodbyes ?? []) {
      rehearsal.askGoodbye(reason)
      rehearsal.settle()
      goodbyes[reason] = transcript.goodbye && Uint8Array.from(transcript.goodbye)
    }
    const { verdicts, replies, sends, preludes, startedTls, fields, logs, besides, refusals, session, idleTimeoutMs } =
      outcome
    return {
      verdicts,
      replies,
      sends,
      preludes,
      startedTls,
      fields,
      counters,
      logs,
      besides,
      refusals,
      session,
      idleTimeoutMs,
      crossings,
      forwarded: joined(transcript.forwarded),
      returned: joined(transcript.returned),
      closed: closed?.reason,
      detail: closed?.detail ?? '',
      goodbyes
    }
  } finally {
    rehearsal.end()
  }
}
