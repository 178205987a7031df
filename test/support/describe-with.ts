import { describe, expect, test } from 'vitest'
import { findService, servicesRequired, type ServiceName } from './services.ts'

/** Tests that need a service: run with its program's path where it is installed; else skipped with the reason, or failed with WEIR_REQUIRE_SERVICES=1. */
const describeWith = (service: ServiceName, name: string, tests: (program: string) => void): void => {
  const program = findService(service)
  if (program !== undefined) {
    describe(name, () => { tests(program) })
    return
  }
  const reason = `${service} is not installed`
  if (servicesRequired) test(`${name}: needs ${service}`, () => { expect.fail(`${reason}, and WEIR_REQUIRE_SERVICES=1`) })
  else test(`${name} (skipped: ${reason})`, context => { context.skip(reason) })
}

/** Tests against real mosquitto brokers; `tests` gets the path of the program. */
export const describeWithMosquitto = (name: string, tests: (mosquitto: string) => void): void => { describeWith('mosquitto', name, tests) }
