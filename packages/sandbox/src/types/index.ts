export { TypeChecker, type CheckBounds } from './type-checker.ts'
