/** The URL before `/v1`, which is where the page itself is: Weir may be mounted below a path. */
export const apiUrl = new URL('.', document.baseURI).href
