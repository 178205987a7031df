import { ApiTokens, type AdminOptions } from '@weirlb/admin'
import type { WeirError } from '@weirlb/model'
import type { SavedToken, TokenArchive } from '@weirlb/core'
import { expect } from 'vitest'
import { ApiClient, type Sent } from './api-client.ts'
import { FakeWeir } from './fake-weir.ts'

/** Keeps tokens as a file would, or fails. */
export class FakeArchive implements TokenArchive {
  saved: readonly SavedToken[] | undefined
  failure: WeirError | undefined
  async load (): Promise<readonly SavedToken[] | undefined> { return structuredClone(this.saved) }
  async save (tokens: readonly SavedToken[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    this.saved = structuredClone(tokens)
  }
}

/** The token of the server. */
export const master = 'the-token-of-the-server'
/** A request with a token. */
export const as = (token: string, sent: Sent = {}): Sent => ({
  ...sent, headers: { ...sent.headers, authorization: `Bearer ${token}` }
})

/** The API over a Weir and an archive that are none. `make` creates a named token. */
export const open = async (options: Partial<AdminOptions> = {}): Promise<{
  api: ApiClient, weir: FakeWeir, archive: FakeArchive, make: (input: object) => Promise<string>
}> => {
  const weir = new FakeWeir()
  const archive = new FakeArchive()
  const api = await ApiClient.over({ weir, token: master, tokens: new ApiTokens({ archive }), ...options })
  const make = async (input: object): Promise<string> => {
    const { status, body } = await api.call('POST', '/v1/tokens', as(master, { body: input }))
    expect(status).toBe(201)
    return (body as { token: string }).token
  }
  return { api, weir, archive, make }
}
