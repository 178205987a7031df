export {
  certificateFacts,
  certkeyFaults,
  type CertificateFacts,
  type CertkeyFault,
  type CertkeyPems
} from './layer/tls/certkey-pems.ts'
export type { CertkeyContents } from './layer/tls/certkey-contents.ts'
export { listsEndAt, revocationLists } from './layer/tls/crl.ts'
export { ocspEndsAt } from './layer/tls/ocsp.ts'
export { AddressSet } from './address-set.ts'
export { forwardedClient } from './forwarded-client.ts'
export { cpuWaitMs } from './cpu-wait.ts'
export { ipBytes, ipText } from './ip-bytes.ts'
export { internalFault } from './internal-fault.ts'
export { nobody } from './nobody.ts'
export { chooseTransport, type ChosenTransport, type TransportInUse } from './choose-transport.ts'
export { transportChoices, type TransportChoice } from './transport-choice.ts'
export { sendable, type SendableSocket } from './sendable-socket.ts'
export { peerCredentials, type PeerCredentials } from './peer-credentials.ts'
export { returnMemory } from './return-memory.ts'
export { notifyService } from './service-notice.ts'
export { createNodeTransport } from './node/node-transport.ts'
export {
  Challenges,
  noChallenges,
  type ChallengeAnswers,
  type ChallengeCertificate,
  type ChallengeText
} from './layer/challenges.ts'
export type { Pressure } from './layer/pressure.ts'
export { Ascent, type AscentEvents } from './layer/ascent.ts'
export { passesThrough } from './layer/tls/pass-server-layer.ts'
export { choiceOf, type ProtocolChoice } from './layer/choose/choose-server-layer.ts'
export {
  needsNodeSockets,
  serverLayers,
  targetOf,
  tlsLayersInside,
  validationLayers,
  type SpokenProtocol
} from './layer-kinds.ts'
export { dial, type DialTarget } from './layer/layered-dial.ts'
export type * from './layer/layer.ts'
export {
  affinityCookie,
  CookieKeys,
  cookieValue,
  setCookie,
  type AffinityCookie
} from './layer/http/affinity-cookie.ts'
export { CHALLENGE_PATH, isChallengePath } from './layer/http/challenge-path.ts'
export { HttpOrigin } from './layer/http/http-origin.ts'
export { HttpProbe, type ProbeAnswered, type ProbeRequest, type ProbeResponse } from './layer/http/http-probe.ts'
export type * from './layer/exchange.ts'
export { steadyClock } from './timers/steady-clock.ts'
export { wheel, WheelTimer } from './timers/wheel.ts'
export type * from './byte-link.ts'
export {
  LayeredClient,
  type ClientCertificate,
  type ClientFacts,
  type HelloFacts,
  type HttpFacts,
  type NameAttribute,
  type Peer,
  type Proxied,
  type ProxiedTls
} from './client-facts.ts'
export type * from './transport.ts'
export { ByteMeter, unmetered } from './byte-meter.ts'
