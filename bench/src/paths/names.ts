// Paths that the others are held against.
export const DIRECT = 'direct'
export const HAPROXY = 'HAProxy'
export const PREREAD = 'nginx + njs preread'
export const FILTER = 'nginx + njs js_filter'
export const NGINX_HTTP = 'nginx, http'
export const TWEMPROXY = 'twemproxy'
export const PLAIN = 'plain net onread'
export const LIBRARIES = 'bare libraries'
// Those that the goals are about.
export const TUNNELLED = 'Weir, tunnelled'
export const INSPECTED = 'Weir, inspected (loop)'
export const SHARED = 'Weir, shared links'
export const ON_THREAD = 'Weir, inspected (thread)'
export const URING_TUNNELLED = 'Weir on io_uring, tunnelled'
export const URING_SHARED = 'Weir on io_uring, shared links'
export const URING_INSPECTED = 'Weir on io_uring, inspected (loop)'
export const URING_ON_THREAD = 'Weir on io_uring, inspected (thread)'

/** Variants of the scenario of rules. */
export const NO_RULES = 'no rules'
export const HUNDRED_RULES = '100 rules'

/** Variants of the scenario of rates. */
export const TENTH = '10 %'
export const HALF = '50 %'
export const EIGHTY = '80 %'
