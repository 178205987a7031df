// Loaded before the tests of an extension: what a new extension imports is there even where nothing has been installed
// yet.
import { registerHooks } from 'node:module'

// The kit depends on the SDK; this command depends on the kit.
const kit = import.meta.resolve('@weirlb/testing')
const own: Readonly<Record<string, string>> = { '@weirlb/testing': import.meta.url, '@weirlb/sdk': kit }

registerHooks({
  resolve (specifier, context, next) {
    try {
      return next(specifier, context)
    } catch (error) {
      const parentURL = Object.hasOwn(own, specifier) ? own[specifier] : undefined
      if (parentURL === undefined || (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
      return next(specifier, { ...context, parentURL })
    }
  }
})
