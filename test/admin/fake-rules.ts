import type { Rules } from 'weirlb'

/** What a FakeWeir says of an expression. */
export const fakeValidation: Rules['validate'] = expression =>
  expression === 'ssl'
    ? { valid: true, phase: 'hello', fields: ['ssl'], userVservers: ['v'], faults: [] }
    : {
      valid: false,
      phase: undefined,
      fields: [],
      userVservers: [],
      faults: [{ message: 'unknown field', line: 1, column: 1, offset: 0, expected: ['ssl'] }]
    }

/** What its rules decide. */
export const fakeTrial: ReturnType<Rules['test']> = {
  decision: 'block',
  rule: 'r',
  looked: [{ rule: 'r', phase: 'hello', action: 'block', simulated: false, applies: true, ends: true }]
}
