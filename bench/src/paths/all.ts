import { direct } from './direct.ts'
import { haproxyPath } from './haproxy.ts'
import { libraries } from './libraries.ts'
import { nginxFilter, nginxPreread } from './nginx.ts'
import { nginxHttp } from './nginx-http.ts'
import { nginxProgram } from './nginx-main.ts'
import type { Path, Programs } from './path.ts'
import { plain } from './plain.ts'
import { twemproxy } from './twemproxy.ts'
import { weirPaths } from './weir.ts'

/** In the order of the tables. The first is what the others are held against. */
export const pathsOf = ({ haproxy, nginx, nginxModules }: Programs): readonly Path[] => {
  const found = nginxProgram(nginx, nginxModules)
  return [
    direct,
    haproxyPath(haproxy),
    nginxPreread(found),
    nginxFilter(found),
    nginxHttp(found),
    twemproxy,
    plain,
    libraries,
    ...weirPaths
  ]
}
