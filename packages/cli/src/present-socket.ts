import { statSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/** A place where a socket of the API is looked for. */
export interface UsualSocket {
  readonly path: string
  /** Its owner must be this user or root: what another user put there might read the commands, and the token. */
  readonly checked: boolean
}

/**
 * Where `weir serve --admin-socket` is expected to listen: for a user's own Weir, and for the machine's, of whatever
 * user. Only root makes a folder in /run.
 */
export const usualSockets = (
  { XDG_RUNTIME_DIR: runtime }: Readonly<Record<string, string | undefined>>
): readonly UsualSocket[] => [
  ...runtime === undefined || runtime === '' ? [] : [{ path: join(runtime, 'weir', 'admin.sock'), checked: true }],
  { path: '/run/weir/admin.sock', checked: false }
]

/** Returns the path of the first of these that is present; undefined if none is. */
export const presentSocket = (sockets: readonly UsualSocket[]): string | undefined =>
  sockets.find(({ path, checked }) => {
    let found: Stats
    try {
      found = statSync(path)
    } catch {
      return false
    }
    return found.isSocket() && (!checked || found.uid === 0 || found.uid === process.getuid?.())
  })?.path
