import type { JSX } from 'preact'

/** A field that differs. Undefined: there is none. */
export interface Difference { readonly path: string, readonly before?: unknown, readonly after?: unknown }

/** A value on one line: text as it is, all else as JSON; undefined is `–`. */
export const valueText = (value: unknown): string =>
  value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value)

/** Fields that differ, with both values; marked by words of the heading as well as by colour. */
export const DifferenceTable = ({ label, fields, before = 'Before', after = 'After' }: { readonly label: string, readonly fields: readonly Difference[], readonly before?: string, readonly after?: string }): JSX.Element => (
  <table class="diff" aria-label={label}>
    <thead><tr><th scope="col">Field</th><th scope="col">{before}</th><th scope="col">{after}</th></tr></thead>
    <tbody>
      {fields.map(field => (
        <tr key={field.path}>
          <td class="mono">{field.path}</td>
          <td class={`mono ${field.before === undefined ? 'none' : 'before'}`}>{valueText(field.before)}</td>
          <td class={`mono ${field.after === undefined ? 'none' : 'after'}`}>{valueText(field.after)}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
