import { createHash, generateKeyPair, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Acme } from '@weirlb/model'
import {
  certificateFacts,
  certkeyFaults,
  type ChallengeAnswers,
  type ChallengeCertificate,
  type ChallengeText
} from '@weirlb/link'
import type * as acmeClient from 'acme-client'
import type { Authorization, Client, Order } from 'acme-client'
import type { AcmeAccount } from '../storage/acme-archive.ts'
import { AcmeFailure, shown, wordsOf, type Problem } from './acme-failure.ts'
import { AuthorityRequests } from './authority-requests.ts'

/** The first and the longest wait before an authority is asked again how far it is. */
const FIRST_POLL_MS = 250
const LONGEST_POLL_MS = 5000

/** A certificate and its key, PEM. */
export interface IssuedCertificate { readonly cert: string, readonly key: string }

/** What an order needs. */
export interface OrderOptions {
  readonly acme: Acme
  /** PEM bundle that verifies the authority's own server. */
  readonly ca: string | undefined
  readonly account: AcmeAccount
  /** The order is over, successful or not, when this is aborted. */
  readonly signal: AbortSignal
  /** Called when the authority knows the account, before the order. */
  readonly onAccount: (account: AcmeAccount) => Promise<void>
  /** Resolves when all workers give these answers to the authority. */
  readonly answer: (answers: ChallengeAnswers) => Promise<void>
}

const generate = promisify(generateKeyPair)

/** Returns a new private key, PEM. One of RSA takes seconds, beside the event loop. */
const newKey = async (type: Acme['keyType']): Promise<string> => {
  const [family, size] = type.split('-') as [string, string]
  const { privateKey } = family === 'RSA'
    ? await generate('rsa', { modulusLength: Number(size) })
    : await generate('ec', { namedCurve: type })
  return pemOf(privateKey)
}

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string

/** Returns a new account, which no authority knows. */
export const newAccount = (): AcmeAccount => ({
  key: pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
})

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('base64url')

/** Returns a name for a certificate: for another one there has to be another order. */
export const certificateName = ({ directory, domains, keyType }: Acme): string =>
  hashOf([directory, [...domains].sort(), keyType])

/** Returns a name for a way to order it: what failed in one way may succeed in another. */
export const attemptName = (acme: Acme, ca: string | undefined): string => hashOf([acme, ca])

/**
 * Orders a certificate (RFC 8555 §7.1): account, order, the authority's validation of each name, signing request,
 * certificate. Throws AcmeFailure, or the signal's reason.
 */
export const orderCertificate = async (options: OrderOptions): Promise<IssuedCertificate> => {
  const requests = new AuthorityRequests(options.ca, options.signal)
  try {
    const library = await import('acme-client')
    try {
      return await new AcmeOrder(options, requests, library).run()
    } catch (error) {
      // The account was removed there, or the authority began anew: the same key gets another account.
      if (!(error instanceof AcmeFailure) || error.kind !== 'accountDoesNotExist' || options.account.url === undefined)
        throw error
      return await new AcmeOrder({ ...options, account: { key: options.account.key } }, requests, library).run()
    }
  } catch (error) {
    options.signal.throwIfAborted()
    // acme-client's own errors are about responses without what RFC 8555 asks for.
    throw error instanceof AcmeFailure
      ? error
      : new AcmeFailure(`the authority's response is not understood: ${shown((error as Error).message)}`)
  } finally {
    requests.close()
  }
}

class AcmeOrder {
  readonly #options: OrderOptions
  readonly #requests: AuthorityRequests
  readonly #library: typeof acmeClient
  readonly #client: Client

  constructor (options: OrderOptions, requests: AuthorityRequests, library: typeof acmeClient) {
    this.#options = options
    this.#requests = requests
    this.#library = library
    this.#client = this.#clientOf(options.account)
  }

  async run (): Promise<IssuedCertificate> {
    const { acme, signal, answer } = this.#options
    await this.#register()
    const order = await this.#client.createOrder({ identifiers: acme.domains.map(value => ({ type: 'dns', value })) })
    const authorizations = await this.#client.getAuthorizations(order)
    // One that was validated before may still be valid.
    const pending = authorizations.filter(authorization => !isValid(authorization))
    const challenges = pending.map(authorization => challengeOf(authorization, acme))
    await answer(await this.#answersTo(pending, challenges))
    for (const challenge of challenges) await this.#client.completeChallenge(challenge)
    await polled(signal, async () => (await this.#client.getAuthorizations(order)).every(isValid))
    await polled(signal, async () => isAt(await this.#client.getOrder(order), 'ready'))
    const key = await newKey(acme.keyType)
    const [, request] = await this.#library.crypto.createCsr({ altNames: [...acme.domains] }, key)
    let done = await this.#client.finalizeOrder(order, request)
    await polled(signal, async () => {
      if (done.status !== 'valid') done = await this.#client.getOrder(order)
      return isAt(done, 'valid')
    })
    return checked({ cert: await this.#client.getCertificate(done), key }, acme)
  }

  #clientOf ({ key, url }: AcmeAccount): Client {
    const { acme: { directory, externalAccountBinding: binding } } = this.#options
    const client = new this.#library.Client({
      directoryUrl: directory,
      accountKey: key,
      ...(url === undefined ? {} : { accountUrl: url }),
      ...(binding?.hmacKey === undefined
        ? {}
        : { externalAccountBinding: { kid: binding.keyId, hmacKey: binding.hmacKey } })
    })
    // Not in its types; all its requests come through it.
    const { http } = client as unknown as { readonly http: { request: AuthorityRequests['request'] } }
    http.request = (url, method, options) => this.#requests.request(url, method, options)
    return client
  }

  /** An authority that knows the key answers with the account that it has (RFC 8555 §7.3). */
  async #register (): Promise<void> {
    const { account, acme: { email }, onAccount } = this.#options
    if (account.url !== undefined) return
    await this.#client.createAccount({
      termsOfServiceAgreed: true,
      ...(email === undefined ? {} : { contact: [`mailto:${email}`] })
    })
    await onAccount({ ...account, url: this.#client.getAccountUrl() })
  }

  async #answersTo (
    authorizations: readonly Authorization[],
    challenges: readonly Challenge[]
  ): Promise<ChallengeAnswers> {
    const tls: ChallengeCertificate[] = []
    const http: ChallengeText[] = []
    for (const [i, authorization] of authorizations.entries()) {
      const { type, token } = challenges[i]!
      const keyAuthorization = await this.#client.getChallengeKeyAuthorization(challenges[i]!)
      if (type === 'http-01') {
        http.push({ token, keyAuthorization })
        continue
      }
      const [key, cert] = await this.#library.crypto.createAlpnCertificate(
        authorization,
        keyAuthorization,
        await newKey('P-256')
      )
      tls.push({ domain: authorization.identifier.value.toLowerCase(), cert: String(cert), key: String(key) })
    }
    return { tls, http }
  }
}

type Challenge = Authorization['challenges'][number]

const challengeOf = (
  { identifier: { value }, challenges }: Authorization,
  { domains, challenge: type }: Acme
): Challenge => {
  if (!domains.includes(value.toLowerCase()))
    throw new AcmeFailure(`the authority wants to validate '${shown(value)}', which was not ordered`)
  const found = challenges.find(challenge => challenge.type === type)
  if (found === undefined)
    throw new AcmeFailure(`domain '${value}': the authority offers ${
      shown(challenges.map(challenge => challenge.type).join(', '))
    }, and not ${type}`)
  // It becomes part of a path (RFC 8555 §8.3).
  if (!/^[A-Za-z0-9_-]+$/.test(found.token))
    throw new AcmeFailure(`domain '${value}': the authority's token is not base64url`)
  return found
}

/** Returns false for one that is pending. Throws for one that the authority refuses. */
const isValid = ({ identifier, status, challenges }: Authorization): boolean => {
  if (status === 'valid') return true
  if (status === 'pending') return false
  const refused = challenges.find(challenge => 'error' in challenge) as (Challenge & { readonly error?: Problem }) | undefined
  const words = refused?.error === undefined ? `its authorization is ${shown(status)}` : `the authority refuses ${refused.type}: ${wordsOf(refused.error)}`
  throw new AcmeFailure(`domain '${shown(identifier.value)}': ${words}`)
}

/** States of an order on its way (RFC 8555 §7.1.6). */
const states = ['pending', 'ready', 'processing', 'valid']

/** Returns true for an order that has come to a state, or is beyond it. Throws for one that is invalid. */
const isAt = (order: Order, state: 'ready' | 'valid'): boolean => {
  const at = states.indexOf(order.status)
  if (at < 0)
    throw new AcmeFailure(
      `the order is ${shown(order.status)}: ${wordsOf((order as { readonly error?: Problem }).error ?? {})}`
    )
  return at >= states.indexOf(state)
}

/** Asks until it is so. */
const polled = async (signal: AbortSignal, ask: () => Promise<boolean>): Promise<void> => {
  for (let wait = FIRST_POLL_MS; !await ask(); wait = Math.min(wait * 2, LONGEST_POLL_MS))
    await setTimeout(wait, undefined, { signal })
}

/** What an authority sends is not served unseen. */
const checked = (issued: IssuedCertificate, { domains }: Acme): IssuedCertificate => {
  const [fault] = certkeyFaults(issued, Date.now())
  if (fault !== undefined)
    throw new AcmeFailure(`the authority sent a certificate that cannot be served: \`${fault.field}\` ${fault.message}`)
  const { names } = certificateFacts(issued.cert)[0]!
  const missing = domains.find(domain => !names.includes(domain))
  if (missing !== undefined)
    throw new AcmeFailure(
      `the authority sent a certificate without the domain '${missing}'; it has: ${shown(names.join(', '))}`
    )
  return issued
}
