import { stateCount } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';

/** Prompts of the stability study and rows of the data set, unless there are fewer states. */
const PROMPTS = 40;
const ROWS = 3000;
const RUNS = 10;

/** How large the parts of a whole study are. */
export function studySizes(
  scenario: Vocabulary,
  given: {
    readonly prompts?: number | undefined;
    readonly runs?: number | undefined;
    readonly size?: number | undefined;
  },
): { readonly prompts: number; readonly runs: number; readonly size: number; readonly evaluation: number } {
  const states = stateCount(scenario);
  const { prompts = Math.min(PROMPTS, states), runs = RUNS, size = Math.min(ROWS, states) } = given;
  // As many questions again as a third of the data set: in other orders, and where the students go.
  return { prompts, runs, size, evaluation: Math.ceil(size / 3) };
}
