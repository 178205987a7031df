import type { Setting } from './path.ts'
import { sayVersion } from './program.ts'

/** An nginx. `version` is undefined where it is not installed. */
export interface NginxProgram {
  readonly program: string
  readonly modules: string
  readonly version: string | undefined
}

export const nginxProgram = (program: string, modules: string): NginxProgram => ({
  program,
  modules,
  version: sayVersion(program, '-v')?.match(/nginx\/(\S+)/)?.[1]
})

/** What stands in front of the servers of a configuration. */
export const nginxMain = ({ workers }: Setting): string => `
daemon off;
worker_processes ${workers};
worker_rlimit_nofile 20000;
pid @FOLDER@/nginx.pid;
error_log stderr error;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 19000; }`
