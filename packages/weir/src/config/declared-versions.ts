import type { Config } from '@weirlb/model'
import type { DeclaredVersions, EngineExtension } from '@weirlb/engine'
import { isOfDeclaration, placeIssues } from '@weirlb/sandbox/bundle'
import type { Bundle, Declaration } from '@weirlb/sdk/abi'
import type { DataPlane } from '../data-plane.ts'
import { ofExtension } from './bundler.ts'

type Plane = Pick<DataPlane, 'validate'>

/**
 * Returns what the extensions of a configuration declare, of which none comes to run. Rejects as their loading would,
 * with the places of faults in the source that has them.
 */
export const declaredVersions = async (
  extensions: readonly EngineExtension[],
  config: Config,
  plane: Plane
): Promise<ReadonlyMap<string, DeclaredVersions>> => {
  const declared = new Map<string, DeclaredVersions>()
  for (const { name, bundle, canary } of extensions) {
    const at = config.extensions.findIndex(each => each.name === name)
    const { source, canary: next } = config.extensions[at]!
    const path = `extensions[${at}]`
    const current = await declaredBy(bundle, source, `${path}.source`, plane)
    const ofCanary = canary && await declaredBy(canary.bundle, next?.source, `${path}.canary.source`, plane)
    declared.set(name, { current, canary: ofCanary })
  }
  return declared
}

const declaredBy = async (
  bundle: Bundle,
  source: string | undefined,
  path: string,
  plane: Plane
): Promise<Declaration> => {
  try { return await plane.validate(bundle) } catch (error) {
    if (source === undefined) throw error
    const placed = await placeIssues(error, source, bundle.name)
    // One without places names the extension already.
    throw placed === error ? error : ofExtension(placed, bundle.name, path)
  }
}

/** Returns the error of a change; one about a declaration with the places of its faults. */
export const placedError = async (
  error: unknown,
  extensions: readonly EngineExtension[],
  config: Config,
  plane: Plane
): Promise<unknown> => {
  if (!isOfDeclaration(error)) return error
  // It does not say in which of them it is.
  try { await declaredVersions(extensions, config, plane) } catch (found) { return found }
  return error
}
