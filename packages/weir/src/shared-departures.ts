import type { Departed, DepartureQuery } from '@weirlb/engine'
import { sharesOf } from './shares.ts'

/** A worker, or a node, that is asked to tell clients. */
interface Worker {
  readonly number: number | string
  call (what: 'depart', query: DepartureQuery): Promise<Departed>
}

/**
 * One number of clients to tell, shared by all workers, or all nodes: each tells its share of those that it has. How
 * many these are is known from its last answer; a worker that has given none is asked first.
 */
export class SharedDepartures {
  /** Clients of each service by worker, while there are any. */
  readonly #present = new Map<string, Map<Worker['number'], number>>()

  async depart (query: DepartureQuery, workers: readonly Worker[]): Promise<Departed> {
    const before = this.#present.get(query.service) ?? new Map<Worker['number'], number>()
    const unknown = workers.filter(({ number }) => !before.has(number))
    const first = await ask(unknown.map(worker => ({ worker, query: { ...query, count: 0, force: false } })))
    const known = new Map(workers.map(({ number }) => [number, first.get(number)?.present ?? before.get(number) ?? 0]))
    const shares = query.force
      ? workers.map(() => query.count)
      : sharesOf(query.count, workers.map(({ number }) => known.get(number)!))
    const answers = await ask(workers.map((worker, i) => ({ worker, query: { ...query, count: shares[i]! } })))
    const present = new Map([...answers].map(([number, answer]) => [number, answer.present]))
    const all = [...answers.values()]
    const sum = { told: total(all, 'told'), present: total(all, 'present'), more: all.some(({ more }) => more) }
    if (sum.present > 0) this.#present.set(query.service, present)
    else this.#present.delete(query.service)
    return sum
  }
}

const total = (answers: readonly Departed[], field: 'told' | 'present'): number =>
  answers.reduce((sum, answer) => sum + answer[field], 0)

/** Returns the answers by worker; one that ends meanwhile has none, and no clients any more. */
const ask = async (
  questions: readonly { readonly worker: Worker, readonly query: DepartureQuery }[]
): Promise<Map<Worker['number'], Departed>> => {
  const answers = await Promise.allSettled(
    questions.map(async ({ worker, query }) => [worker.number, await worker.call('depart', query)] as const)
  )
  return new Map(answers.flatMap(answer => answer.status === 'fulfilled' ? [answer.value] : []))
}
