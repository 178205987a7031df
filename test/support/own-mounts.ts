import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'

// As root, and as a user where the system has user namespaces.
const commands = [['unshare', '--mount'], ['unshare', '--user', '--map-root-user', '--mount']] as const

/** A command that runs another one with mounts of its own, which end with it; undefined where that is not allowed. */
export const findOwnMounts = (): readonly string[] | undefined =>
  commands.find(([program, ...args]) =>
    spawnSync(program, [...args, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()], { stdio: 'ignore' }).status === 0
  )
