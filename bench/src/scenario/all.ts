import {
  EIGHTY,
  HALF,
  HAPROXY,
  HUNDRED_RULES,
  INSPECTED,
  NO_RULES,
  PREREAD,
  TENTH,
  TWEMPROXY,
  URING_INSPECTED
} from '../paths/names.ts'
import type { Over } from '../wire/over.ts'
import { configGrowth } from './config-growth.ts'
import { idle } from './idle.ts'
import type { Scenario } from './scenario.ts'
import { timed, type TimedOptions } from './timed.ts'

/** `more.setting.over` is what the load is put on, too. */
const messages = (
  id: string,
  connections: number,
  window: number,
  size: number,
  sizeText: string,
  more: Partial<TimedOptions> = {}
): Scenario =>
  timed({
    id,
    title: `${connections} connections, ${sizeText} QoS 1 messages, ${window} in flight each`,
    unit: 'round trip',
    order: ({ port }, { warmUpSeconds, seconds }) => ({
      kind: 'messages',
      port,
      ...(more.setting?.over === undefined ? {} : { over: more.setting.over }),
      connections,
      window,
      size,
      warmUpSeconds,
      seconds
    }),
    ...more
  })

const SLOTS = 50
/**
 * Few, so that each comes again on a slow machine too; odd, so that a proxy which takes turns does not keep them on
 * their servers by chance.
 */
const IDS = 301

const connects = (id: string, title: string, over: Over, resume: boolean): Scenario =>
  timed({
    id,
    title: `${title}; ${SLOTS} at a time, ${IDS} client IDs, each to stay on its server`,
    unit: 'connect',
    // Code that runs once a connect is compiled late: a connect costs half after ten seconds of them.
    uncountedSeconds: 15,
    setting: { over },
    // What follows the CONNECT is not part of it, so one way through Weir stands for all over TLS.
    only: path => over !== 'tls' || !path.includes('inspected'),
    order: ({ port }, { warmUpSeconds, seconds }) => ({
      kind: 'connects',
      port,
      over,
      connections: SLOTS,
      ids: IDS,
      resume,
      warmUpSeconds,
      seconds
    })
  })

/** As many as clients of one program have; twemproxy has one connection to each server for all of them. */
const commands = (id: string, depth: number, title: string): Scenario =>
  timed({
    id,
    title: `50 connections, GET of one key of 128, ${title}, four servers`,
    unit: 'command',
    beside: TWEMPROXY,
    uncountedSeconds: 4,
    setting: { work: 'redis' },
    order: ({ port }, { warmUpSeconds, seconds }) => ({
      kind: 'commands',
      port,
      connections: 50,
      depth,
      warmUpSeconds,
      seconds
    })
  })

const SYSLOG = { connections: 20, size: 256, perSecond: 20_000 }
const ACTIVE = 50

const decidesAtConnect = (path: string): boolean => [HAPROXY, PREREAD].includes(path) || path.endsWith(', tunnelled')

/** What is measured, in this order. */
export const scenarios: readonly Scenario[] = [
  messages('S1-1', 1, 1, 256, '256-byte', {
    title:
      '1 connection, 256-byte QoS 1 messages, 1 in flight: each wake-up brings one message, at any load of the machine'
  }),
  messages('S1-50', 50, 1, 256, '256-byte'),
  messages('S1-500', 500, 1, 256, '256-byte', { long: true }),
  messages('S2', 200, 4, 256, '256-byte'),
  messages('S3-16K', 50, 1, 16 * 1024, '16 KB'),
  messages('S3-1M', 10, 1, 1024 * 1024, '1 MB', { long: true }),
  connects('S4', 'connect, CONNECT, CONNACK, close', 'tcp', false),
  connects('S5-full', 'connect, full TLS handshake, CONNECT, CONNACK, close', 'tls', false),
  connects('S5-resumed', 'connect, resumed TLS session, CONNECT, CONNACK, close', 'tls', true),
  idle('S6', 'tcp'),
  idle('S6-TLS', 'tls'),
  idle('S6-WebSocket', 'websocket'),
  timed({
    id: 'S7',
    title: '256-byte QoS 1 messages on 50 connections, on time, at shares of the most that HAProxy reaches in this run',
    unit: 'round trip',
    variants: () => [{ name: TENTH, share: 0.1 }, { name: HALF, share: 0.5 }, { name: EIGHTY, share: 0.8 }],
    fullLoad: (port, { warmUpSeconds, seconds }) => ({
      kind: 'messages',
      port,
      connections: 50,
      window: 1,
      size: 256,
      warmUpSeconds,
      seconds
    }),
    order: ({ port, pace }, { warmUpSeconds, seconds }) => ({
      kind: 'paced',
      port,
      connections: 50,
      size: 256,
      perSecond: pace,
      warmUpSeconds,
      seconds
    })
  }),
  messages('S8', 50, 1, 256, '256-byte', {
    title: '50 connections, 256-byte QoS 1 messages, 1 in flight each, rules on topics',
    setting: { work: 'topics' }
  }),
  timed({
    id: 'S9',
    title: `${SYSLOG.perSecond} syslog messages/s of ${SYSLOG.size} bytes on ${SYSLOG.connections} connections, each balanced by itself over four collectors`,
    unit: 'message',
    setting: { work: 'syslog' },
    order: ({ port }, { warmUpSeconds, seconds }) => ({ kind: 'syslog', port, ...SYSLOG, warmUpSeconds, seconds })
  }),
  messages('S10', 200, 4, 256, '256-byte', {
    title: '200 connections, 256-byte QoS 1 messages, 4 in flight each, with one worker and with two',
    variants: () => [{ name: '1 worker', setting: { workers: 1 } }, { name: '2 workers', setting: { workers: 2 } }],
    only: path => decidesAtConnect(path) || path === INSPECTED || path === URING_INSPECTED
  }),
  timed({
    id: 'S11-connections',
    title: `256-byte QoS 1 messages, ${ACTIVE} in flight at a time, going round more and more connections`,
    unit: 'round trip',
    variants: ({ connections }) => connections.map(count => ({ name: `${count} connections`, connections: count })),
    rounds: 2,
    only: decidesAtConnect,
    // Longer for more: what the opening has left to do is not what a message costs.
    order: ({ port, connections }, { warmUpSeconds, seconds }) => ({
      kind: 'messages',
      port,
      connections,
      active: ACTIVE,
      window: 1,
      size: 256,
      warmUpSeconds: warmUpSeconds + connections / 4000,
      seconds
    })
  }),
  configGrowth('S11-config', decidesAtConnect),
  messages('S12', 50, 1, 256, '256-byte', {
    title: '50 TLS connections, 256-byte QoS 1 messages, 1 in flight each',
    setting: { over: 'tls' }
  }),
  messages('S13', 50, 1, 256, '256-byte', {
    title: '50 WebSockets, 256-byte QoS 1 messages, 1 in flight each',
    setting: { over: 'websocket' }
  }),
  connects('S14', 'connect, WebSocket upgrade, CONNECT, CONNACK, close', 'websocket', false),
  timed({
    id: 'S15',
    title: '50 keep-alive connections, HTTP requests with a response of 14 bytes, 1 in flight each',
    unit: 'request',
    uncountedSeconds: 4,
    setting: { work: 'http' },
    order: ({ port }, { warmUpSeconds, seconds }) => ({
      kind: 'requests',
      port,
      connections: 50,
      warmUpSeconds,
      seconds
    })
  }),
  messages('S16', 50, 16, 256, '256-byte', {
    title:
      '50 connections, 256-byte QoS 1 messages, 16 in flight each, every message inspected, without rules and with 100; HAProxy has 100 ACLs on the first',
    variants:
      () => [{ name: NO_RULES, setting: { work: 'packets' } }, { name: HUNDRED_RULES, setting: { work: 'rules' } }]
  }),
  commands('S17-1', 1, '1 in flight each'),
  commands('S17-16', 16, '16 in each write')
]
