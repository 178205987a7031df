import type { ConfigInput } from '@weirlb/model'
import { AcmeKeeper } from '../acme/acme-keeper.ts'
import { AddedMethods } from '../config/added-methods.ts'
import { Bundler } from '../config/bundler.ts'
import { Events } from '../events.ts'
import { CertificateWatch } from '../jobs/certificate-watch.ts'
import { TicketRotation } from '../jobs/ticket-rotation.ts'
import { Traces } from '../jobs/traces.ts'
import { makeLog } from '../log.ts'
import { NameKeeper } from '../names/name-keeper.ts'
import { RunningWeir } from '../running-weir.ts'
import { CookieSecret } from '../sessions/cookie-secret.ts'
import { SessionBook } from '../sessions/session-book.ts'
import { SessionKeeper } from '../sessions/session-keeper.ts'
import { BanBook } from '../bans/ban-book.ts'
import { Lives } from '../lives/lives.ts'
import { SecurityEvents } from '../security/security-events.ts'
import { SecurityLog } from '../security/security-log.ts'
import { MemoryStorage } from '../storage/memory.ts'
import type { Storage } from '../storage/storage.ts'
import { ProcessWatch } from '../stats/process-watch.ts'
import { FakeDataPlane, FakeHealth } from './fake-data-plane.ts'

/** A running Weir over a data plane that moves no bytes, and its parts. */
export const startWeir = async (options: { config?: ConfigInput, storage?: Storage } = {}) => {
  const plane = new FakeDataPlane()
  const health = new FakeHealth()
  const log = makeLog('silent', {})
  const storage = options.storage ?? new MemoryStorage()
  const events = new Events(log)
  const book = new SessionBook()
  const weir = new RunningWeir({
    config: options.config,
    plane,
    health,
    storage,
    log,
    logLevel: 'silent',
    events,
    traces: new Traces(plane, log),
    bans: new BanBook({ plane, events, log, archive: undefined }),
    lives: new Lives(filters => {
      plane.watchLives(filters)
    }, log),
    security: new SecurityEvents(new SecurityLog(log), undefined),
    certificates: new CertificateWatch(events, log),
    tickets: new TicketRotation({ archive: undefined, log }),
    cookies: new CookieSecret(undefined, log),
    acme: new AcmeKeeper({ archive: undefined, events, log }),
    names: new NameKeeper({ servers: undefined, archive: undefined, events, log }),
    bundler: new Bundler({}),
    methods: new AddedMethods(undefined, 0),
    sessions: book,
    watch: new ProcessWatch('control'),
    keeper: new SessionKeeper(book, storage.sessions, log, events)
  })
  await weir.start()
  return { weir, book, events, plane, health, storage }
}
