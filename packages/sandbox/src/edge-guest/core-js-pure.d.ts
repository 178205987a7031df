// core-js-pure has no types of its own; these parts are the platform's.
declare module 'core-js-pure/stable/url/index.js' {
  const made: typeof globalThis.URL
  export default made
}
declare module 'core-js-pure/stable/url-search-params/index.js' {
  const made: typeof globalThis.URLSearchParams
  export default made
}
declare module 'core-js-pure/stable/atob.js' {
  const made: (text: string) => string
  export default made
}
declare module 'core-js-pure/stable/btoa.js' {
  const made: (text: string) => string
  export default made
}
