import { useEffect, useRef, useState } from 'preact/hooks'
import { call } from '../api/api.ts'

/** What could stand at the end of a line, and which of it is chosen. */
export interface Completions {
  readonly candidates: readonly string[]
  /** -1: none. */
  readonly active: number
  setActive (at: number): void
  /** Put one of them into the line. */
  accept (at: number): void
  /** Offer nothing until the line is another. */
  close (): void
}

/** Time after which a line that nobody goes on with is completed, in milliseconds. */
const IDLE_MS = 120
const MAX_SHOWN = 30

/** Ask the API for completions of a line while it is typed. */
export const useCompletions = (line: string, setLine: (line: string) => void): Completions => {
  const [candidates, setCandidates] = useState<readonly string[]>([])
  const [active, setActive] = useState(-1)
  const replaced = useRef('')
  const close = (): void => {
    setCandidates([])
    setActive(-1)
  }
  useEffect(() => {
    if (line === '') {
      close()
      return () => {}
    }
    let ended = false
    const timer = setTimeout(() => {
      call('completeCommand', { query: { line } }).then(({ body }) => {
        if (ended) return
        replaced.current = body.replaced
        setActive(-1)
        // A word that is whole already needs no help.
        setCandidates(body.candidates.length === 1 && body.candidates[0] === body.replaced ? [] : body.candidates.slice(0, MAX_SHOWN))
      }, () => {})
    }, IDLE_MS)
    return () => {
      ended = true
      clearTimeout(timer)
    }
  }, [line])
  const accept = (at: number): void => {
    const candidate = candidates[at]
    if (candidate === undefined || !line.endsWith(replaced.current)) return
    close()
    setLine(`${line.slice(0, line.length - replaced.current.length)}${candidate} `)
  }
  return { candidates, active, setActive, accept, close }
}
