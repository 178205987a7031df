import { useEffect, useState } from 'preact/hooks'
import { serverNow } from './clock.ts'

const TICK_MS = 1000

/** Returns the server's time, again each second while a component is there: for what is counted down. */
export const useNow = (): number => {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) setNow(serverNow()) }, TICK_MS)
    return () => { clearInterval(timer) }
  }, [])
  return now
}
