/** One thing that was looked at. */
export interface Check {
  readonly what: string;
  readonly outcome: 'same' | 'differs' | 'not checked';
  /** Which differ, or why it was not checked, a sentence each. */
  readonly details: readonly string[];
}

export const checkOf = (what: string, faults: readonly string[]): Check => ({
  what,
  outcome: faults.length === 0 ? 'same' : 'differs',
  details: faults,
});
