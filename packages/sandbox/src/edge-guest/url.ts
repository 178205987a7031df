// The isolate has ECMAScript's built-ins only. core-js has the URL standard without dependencies, and leaves the realm
// alone.
export { default as URL } from 'core-js-pure/stable/url/index.js'
export { default as URLSearchParams } from 'core-js-pure/stable/url-search-params/index.js'
