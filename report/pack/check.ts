import { changedTables } from '../../workspace/result-tables.ts';

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

/** Tables that are not those that a result was written with. @param path of its JSON */
export const tableFaults = async (path: string): Promise<string[]> =>
  (await changedTables(path)).map(
    (name) => `results/metrics/${name} is not the table that the result was written with`,
  );
