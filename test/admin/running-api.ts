import { createWeir, type Weir } from 'weirlb'
import { atEnd } from '../support/at-end.ts'
import { ApiClient } from './api-client.ts'

/** A Weir of this process, and its API, until the test ends. */
export const runningApi = async (): Promise<{ readonly weir: Weir, readonly api: ApiClient }> => {
  const weir = createWeir({ workers: 0, log: { level: 'silent' } })
  await weir.start()
  atEnd(async () => { await weir.stop({ graceMs: 0 }) })
  const api = await ApiClient.over({ weir })
  atEnd(async () => { await api.app.close() })
  return { weir, api }
}
