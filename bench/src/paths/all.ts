import { direct } from './direct.ts'
import { haproxy } from './haproxy.ts'
import { libraries } from './libraries.ts'
import { nginxFilter, nginxPreread } from './nginx.ts'
import { nginxHttp } from './nginx-http.ts'
import type { Path } from './path.ts'
import { plain } from './plain.ts'
import { weirPaths } from './weir.ts'

/** In the order of the tables. The first is what the others are held against. */
export const paths: readonly Path[] = [direct, haproxy, nginxPreread, nginxFilter, nginxHttp, plain, libraries, ...weirPaths]
