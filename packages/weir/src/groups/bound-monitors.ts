import type { Entity, MonitorBinding } from '@weirlb/model'
import type { BindsMonitors, Collection } from '../api/collections.ts'
import type { Editor } from '../config/editor.ts'
import { monitorBound, monitorUnbound, type BindingCollection } from '../config/monitor-bindings.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'

/** Binds monitors of the list to entities of one collection. */
export class BoundMonitors<C extends BindingCollection> implements BindsMonitors<C> {
  readonly #collection: C
  readonly #editor: Editor
  readonly #entities: Pick<Collection<C>, 'require'>

  constructor (collection: C, editor: Editor, entities: Pick<Collection<C>, 'require'>) {
    this.#collection = collection
    this.#editor = editor
    this.#entities = entities
  }

  async bindMonitor (name: string, binding: MonitorBinding, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    await this.#editor.rewrite(
      this.#collection,
      name,
      options,
      present => ({ ...present, monitors: monitorBound(this.#collection, present, binding) }),
      {
        within: present => `monitors[${monitorBound(this.#collection, present, binding).length - 1}]`
      }
    )
    return this.#entities.require(name)
  }

  async unbindMonitor (name: string, monitor: string, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    await this.#editor.rewrite(
      this.#collection,
      name,
      options,
      present => ({ ...present, monitors: monitorUnbound(this.#collection, present, monitor) })
    )
    return this.#entities.require(name)
  }
}
