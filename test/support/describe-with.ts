import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findOwnMounts } from './own-mounts.ts'
import { findService, servicePrograms, servicesRequired, type ServiceName } from './services.ts'

/**
 * Run tests with what they need; without it they are skipped with the reason, or one fails in their place when it is
 * required.
 */
const describeWith = <T>(
  name: string,
  need: { readonly found: T | undefined, readonly reason: string, readonly required: boolean },
  tests: (found: T) => void
): void => {
  const { found, reason } = need
  if (found !== undefined) describe(name, () => { tests(found) })
  else if (need.required) test(name, () => { expect.fail(`${reason}, and WEIR_REQUIRE_SERVICES=1`) })
  else test(`${name} (skipped: ${reason})`, context => { context.skip(reason) })
}

const describeWithService = (service: ServiceName, name: string, tests: (program: string) => void): void => {
  describeWith(
    name,
    { found: findService(service), reason: `${service} is not installed`, required: servicesRequired },
    tests
  )
}

/** Tests against real mosquitto brokers; `tests` gets the path of the program. */
export const describeWithMosquitto = (name: string, tests: (mosquitto: string) => void): void => {
  describeWithService('mosquitto', name, tests)
}

/** Tests with logger(1), the system's own syslog client; `tests` gets the path of the program. */
export const describeWithLogger = (name: string, tests: (logger: string) => void): void => {
  describeWithService('logger', name, tests)
}

/** Tests with logrotate; `tests` gets the path of the program. */
export const describeWithLogrotate = (name: string, tests: (logrotate: string) => void): void => {
  describeWithService('logrotate', name, tests)
}

/** Tests at a terminal of their own, which script(1) makes; `tests` gets the path of the program. */
export const describeWithScript = (name: string, tests: (script: string) => void): void => {
  describeWithService('script', name, tests)
}

/** Tests with the Z shell; `tests` gets the path of the program. */
export const describeWithZsh = (name: string, tests: (zsh: string) => void): void => {
  describeWithService('zsh', name, tests)
}

/** Tests with the shell fish; `tests` gets the path of the program. */
export const describeWithFish = (name: string, tests: (fish: string) => void): void => {
  describeWithService('fish', name, tests)
}

/** Tests with mandoc, which finds faults in manual pages; `tests` gets the path of the program. */
export const describeWithMandoc = (name: string, tests: (mandoc: string) => void): void => {
  describeWithService('mandoc', name, tests)
}

/** Tests with man(1), as operators read pages; `tests` gets the path of the program. */
export const describeWithMan = (name: string, tests: (man: string) => void): void => {
  describeWithService('man', name, tests)
}

/** Tests with systemd-analyze(1); `tests` gets the path of the program. */
export const describeWithSystemd = (name: string, tests: (analyze: string) => void): void => {
  describeWithService('systemd', name, tests)
}

/** Tests with a browser; `tests` gets the path of the program. */
export const describeWithChromium = (name: string, tests: (chromium: string) => void): void => {
  describeWithService('chromium', name, tests)
}

/** Tests with Paho C's library; `tests` gets the path of the C compiler. */
export const describeWithPahoC = (name: string, tests: (cc: string) => void): void => {
  describeWithService('paho-c', name, tests)
}

/** Tests with Python 3, which comes with Paho's client; `tests` gets the path of the program. */
export const describeWithPython = (name: string, tests: (python: string) => void): void => {
  describeWithService('paho-mqtt', name, tests)
}

/** Tests with rsyslog as a sender and as a collector; `tests` gets the path of the program. */
export const describeWithRsyslog = (name: string, tests: (rsyslogd: string) => void): void => {
  describeWithService('rsyslog', name, tests)
}

/** Tests with mbpoll, a client of Modbus over libmodbus; `tests` gets the path of the program. */
export const describeWithMbpoll = (name: string, tests: (mbpoll: string) => void): void => {
  describeWithService('mbpoll', name, tests)
}

/** Tests against real Redis servers; `tests` gets the path of the program. */
export const describeWithRedis = (name: string, tests: (redis: string) => void): void => {
  describeWithService('redis', name, tests)
}

/** The same with clients that have links of their own to the servers, and with clients that share them. */
export const describeWithRedisLinks = (
  name: string,
  tests: (program: string, serverLinks: 'own' | 'shared') => void
): void => {
  for (const serverLinks of ['own', 'shared'] as const)
    describeWithRedis(`${name}, ${serverLinks} links`, program => { tests(program, serverLinks) })
}

/** Tests against real PostgreSQL servers; `tests` gets the folder of their programs. */
export const describeWithPostgresql = (name: string, tests: (bin: string) => void): void => {
  describeWithService('postgresql', name, () => { tests(dirname(servicePrograms.postgresql.file)) })
}

/** Tests with libmodsecurity and the OWASP Core Rule Set. */
export const describeWithModSecurity = (name: string, tests: () => void): void => {
  describeWithService('modsecurity', name, tests)
}

/** Tests with HAProxy in front of Weir or behind it; `tests` gets the path of the program. */
export const describeWithHaproxy = (name: string, tests: (haproxy: string) => void): void => {
  describeWithService('haproxy', name, tests)
}

/** Tests with nginx in front of Weir or behind it, with its stream module; `tests` gets the path of the program. */
export const describeWithNginx = (name: string, tests: (nginx: string) => void): void => {
  describeWithService('nginx', name, tests)
}

/** Tests with RabbitMQ behind Weir; `tests` gets the path of the program, and of the daemon that it needs. */
export const describeWithRabbitmq = (name: string, tests: (rabbitmq: string, epmd: string) => void): void => {
  describeWithService('rabbitmq', name, epmd => { tests(servicePrograms.rabbitmq.file, epmd) })
}

/** Tests with ejabberd behind Weir; `tests` gets the path of Erlang's program. */
export const describeWithEjabberd = (name: string, tests: (erl: string) => void): void => {
  describeWithService('ejabberd', name, tests)
}

/** Tests with pebble, a certificate authority for tests that speaks ACME. */
export const describeWithPebble = (name: string, tests: () => void): void => {
  describeWithService('pebble', name, tests)
}

/** Tests with Prometheus, which scrapes Weir; `tests` gets the paths of the server and of promtool. */
export const describeWithPrometheus = (name: string, tests: (prometheus: string, promtool: string) => void): void => {
  describeWithService('prometheus', name, promtool => { tests(join(dirname(promtool), 'prometheus'), promtool) })
}

/**
 * Tests that mount file systems; `tests` gets a command that runs another one where it may mount, seen by nobody
 * else. No program brings that along, so it is never required.
 */
export const describeWithOwnMounts = (name: string, tests: (command: readonly string[]) => void): void => {
  describeWith(
    name,
    { found: findOwnMounts(), reason: 'this system lets this user mount nothing', required: false },
    tests
  )
}
