// libmodsecurity's C interface (headers/modsecurity/{modsecurity,rules_set,transaction,intervention}.h, version 3.0).
// Only the process that inspects loads it: a fault in it ends that process, and nothing else.
import { createRequire } from 'node:module'

/** A pointer of the library. */
type Pointer = object

interface Koffi {
  load (path: string | null): { func (declaration: string): (...args: unknown[]) => unknown }
  proto (declaration: string): object
  pointer (type: object): object
  register (callback: (data: unknown, message: string) => void, type: object): Pointer
  struct (name: string, fields: Readonly<Record<string, string>>): object
  decode (pointer: Pointer, type: string, length: number): string
}

/** What a transaction is to become. */
export interface Intervention {
  status: number
  pause: number
  url: Pointer | null
  log: Pointer | null
  disruptive: number
}

/** The functions that are used. */
export interface LibModSecurity {
  readonly init: () => Pointer
  readonly setConnectorInfo: (handle: Pointer, text: string) => void
  readonly createRules: () => Pointer
  readonly dropRules: (rules: Pointer) => void
  /** Returns less than 0 for a fault. */
  readonly addFile: (rules: Pointer, path: string) => string | undefined
  readonly addText: (rules: Pointer, text: string) => string | undefined
  readonly newTransaction: (handle: Pointer, rules: Pointer) => Pointer
  readonly processConnection: (
    transaction: Pointer,
    client: string,
    clientPort: number,
    server: string,
    serverPort: number
  ) => void
  readonly processUri: (transaction: Pointer, uri: string, method: string, version: string) => void
  readonly addHeader: (transaction: Pointer, name: string, value: string) => void
  readonly processHeaders: (transaction: Pointer) => void
  readonly appendBody: (transaction: Pointer, body: Uint8Array) => void
  readonly processBody: (transaction: Pointer) => void
  /** Returns the status of a refusal; undefined: there is none. */
  readonly intervention: (transaction: Pointer) => number | undefined
  readonly end: (transaction: Pointer) => void
}

/** Bytes of a text whose letters are bytes, with the 0 that ends it. */
const cString = (text: string): Buffer => Buffer.from(`${text}\0`, 'latin1')

/**
 * Loads the library. `onLog` is called with what a transaction logs, while it runs. Throws where it cannot be loaded.
 */
export const loadLibModSecurity = (path: string, onLog: (message: string) => void): LibModSecurity => {
  const koffi = createRequire(import.meta.url)('koffi') as Koffi
  const library = koffi.load(path)
  const free = koffi.load(null).func('void free(void *pointer)')
  koffi.struct('ModSecurityIntervention', {
    status: 'int',
    pause: 'int',
    url: 'void *',
    log: 'void *',
    disruptive: 'int'
  })
  const logger = koffi.pointer(koffi.proto('void ModSecLog(void *data, const char *message)'))
  const callback = koffi.register((_data, message) => { onLog(message) }, logger)

  const init = library.func('void *msc_init(void)')
  const setLog = library.func('void msc_set_log_cb(void *handle, ModSecLog *callback)')
  const addFile = library.func('int msc_rules_add_file(void *rules, const char *path, _Out_ const char **error)')
  const addText = library.func('int msc_rules_add(void *rules, const char *text, _Out_ const char **error)')
  const newTransaction = library.func('void *msc_new_transaction(void *handle, void *rules, void *data)')
  const processUri = library.func(
    'int msc_process_uri(void *transaction, const uint8_t *uri, const char *method, const char *version)'
  )
  const addHeader = library.func(
    'int msc_add_n_request_header(void *transaction, const uint8_t *name, size_t nameLength, const uint8_t *value, size_t valueLength)'
  )
  const appendBody = library.func('int msc_append_request_body(void *transaction, const uint8_t *body, size_t length)')
  const intervention = library.func(
    'int msc_intervention(void *transaction, _Inout_ ModSecurityIntervention *intervention)'
  )

  const added = (add: (...args: unknown[]) => unknown, rules: Pointer, what: string): string | undefined => {
    const error: (string | null)[] = [null]
    return (add(rules, what, error) as number) < 0 ? error[0] ?? 'unknown fault' : undefined
  }
  return {
    init: () => {
      const handle = init() as Pointer
      setLog(handle, callback)
      return handle
    },
    setConnectorInfo: library.func(
      'void msc_set_connector_info(void *handle, const char *text)'
    ) as LibModSecurity['setConnectorInfo'],
    createRules: library.func('void *msc_create_rules_set(void)') as LibModSecurity['createRules'],
    dropRules: library.func('int msc_rules_cleanup(void *rules)') as LibModSecurity['dropRules'],
    addFile: (rules, file) => added(addFile, rules, file),
    addText: (rules, text) => added(addText, rules, text),
    newTransaction: (handle, rules) => newTransaction(handle, rules, null) as Pointer,
    processConnection: library.func('int msc_process_connection(void *transaction, const char *client, int clientPort, const char *server, int serverPort)') as LibModSecurity['processConnection'],
    processUri: (transaction, uri, method, version) => { processUri(transaction, cString(uri), method, version) },
    addHeader: (transaction, name, value) => {
      const [key, bytes] = [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')]
      addHeader(transaction, key, key.length, bytes, bytes.length)
    },
    processHeaders: library.func(
      'int msc_process_request_headers(void *transaction)'
    ) as LibModSecurity['processHeaders'],
    appendBody: (transaction, body) => {
      appendBody(transaction, body, body.length)
    },
    processBody: library.func('int msc_process_request_body(void *transaction)') as LibModSecurity['processBody'],
    intervention: transaction => {
      const found: Intervention = { status: 200, pause: 0, url: null, log: null, disruptive: 0 }
      const disruptive = (intervention(transaction, found) as number) > 0 && found.disruptive !== 0
      // Both were allocated for us.
      for (const text of [found.url, found.log]) if (text !== null) free(text)
      return disruptive ? found.status : undefined
    },
    end: library.func('void msc_transaction_cleanup(void *transaction)') as LibModSecurity['end']
  }
}
