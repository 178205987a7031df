import { registerHooks } from 'node:module'
import { availability } from '../availability.ts'
import { forbid } from './forbid.ts'

// What `availability` says where io_uring cannot be had. usage: refused-child.ts errno NUMBER | no-koffi | allowed

const [what, number] = process.argv.slice(2)

if (what === 'errno') forbid(Number(number))
if (what === 'no-koffi') {
  registerHooks({
    resolve (specifier, context, next) {
      if (specifier === 'koffi') throw new Error("Cannot find module 'koffi'")
      return next(specifier, context)
    }
  })
}
process.stdout.write(`${availability().reason ?? 'can be used'}\n`)
