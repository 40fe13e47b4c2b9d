import type { Scenario } from '../../env/scenario.ts';
import type { HeldOut } from '../../workspace/dataset.ts';
import { type DatasetOptions, requireRecordable } from './options.ts';
import { type Question, questionsOf } from './questions.ts';
import { drawSample, type Sample } from './sample.ts';

/** What a data set will ask, and of what. */
export interface Plan {
  readonly sample: Sample;
  readonly questions: readonly Question[];
  readonly heldOut: HeldOut;
  /** The split in words. */
  readonly rule: string;
  readonly repeats: number;
  /** Share of the states whose decisions are to be explained. */
  readonly explain: number;
}

/**
 * Draws the sample, divides it, and says how each state is shown. Depends on the options only.
 * @param recorded the states that a teacher of recorded decisions knows
 * @throws {UnderstudyError} DISTILL_ARGUMENT, DISTILL_SIZE
 */
export function planOf(scenario: Scenario, options: DatasetOptions, recorded?: Uint32Array): Plan {
  const { order, elicit, split = 'state', repeats = 1, seed } = options;
  if (recorded) requireRecordable(options);
  const size = options.size ?? (recorded && options.sampling === undefined ? 'all' : undefined);
  const sample = drawSample(scenario, { ...options, size }, recorded);
  const explain = options.explainShare ?? (options.explain ? 1 : 0);
  const again = elicit === 'sample';
  // A file's explanations come with its decisions, unless only some were asked for.
  const share = recorded && options.explainShare === undefined ? 1 : explain;
  const asked = questionsOf(scenario, sample.masks, { order, repeats, again, seed, split, explain: share });
  return {
    sample,
    ...asked,
    repeats,
    explain,
  };
}
