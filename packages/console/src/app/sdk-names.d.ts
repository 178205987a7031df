/** What an extension imports; `sdk-names.ts` beside Vite's configuration reads it from the SDK's sources. */
declare module 'virtual:sdk-names' {
  /** One exported name, with the first sentence of its documentation. */
  export interface SdkName {
    readonly name: string
    readonly kind: 'function' | 'constant' | 'class' | 'type'
    readonly doc: string
  }
  export const sdkNames: readonly SdkName[]
  /** What a handler's `ctx` has. */
  export const contextNames: readonly SdkName[]
}
