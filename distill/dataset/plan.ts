import { drawOf } from '../../env/random.ts';
import { orderCount, otherShowings, type ShowingOptions, type Showings, showings } from '../../env/sampling/orders.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { HeldOut } from '../../workspace/dataset.ts';
import { type DatasetOptions, requireRecordable } from './options.ts';
import { drawSample, type Sample } from './sample.ts';
import { type SplitBy, splitOf } from './splits.ts';

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
export async function planOf(scenario: Vocabulary, options: DatasetOptions, recorded?: Uint32Array): Promise<Plan> {
  const { order, elicit, split = 'state', repeats = 1, seed } = options;
  if (recorded) requireRecordable(options);
  const size = options.size ?? (recorded && options.sampling === undefined ? 'all' : undefined);
  const sample = await drawSample(scenario, { ...options, size }, recorded);
  const explain = options.explainShare ?? (options.explain ? 1 : 0);
  const again = elicit === 'sample';
  // A file's explanations come with its decisions, unless only some were asked for.
  const share = recorded && options.explainShare === undefined ? 1 : explain;
  const asked = questionsOf(scenario, sample, { order, repeats, again, seed, split, explain: share });
  return {
    sample,
    ...asked,
    repeats,
    explain,
  };
}

/** What becomes a row of a data set: a state, how it is shown, and where the row goes. */
export interface Question {
  readonly mask: number;
  /** Shape [repeats of this state]. */
  readonly showings: Showings;
  /** Whether to ask for an explanation. */
  readonly explain: boolean;
  /** How much the row counts; absent for 1. */
  readonly weight?: number;
  readonly part: 'train' | 'test';
}

export interface QuestionOptions extends ShowingOptions {
  readonly split: SplitBy;
  /** Share of the states that are to be explained, 0 to 1. */
  readonly explain: number;
}

/**
 * One question for each state of a sample and, where orders are held out, one more for each state that is shown again.
 * Which states are explained depends on the seed and the state only, and a larger share explains all of a smaller one.
 * @throws {UnderstudyError} DISTILL_ARGUMENT if there is nothing to hold out
 */
function questionsOf(
  scenario: Vocabulary,
  { masks, weights }: Pick<Sample, 'masks' | 'weights'>,
  options: QuestionOptions,
): { questions: Question[]; heldOut: HeldOut; rule: string } {
  const { split, explain, order, repeats, seed } = options;
  const { test, again, heldOut, rule } = splitOf(scenario, masks, {
    split,
    seed,
    hasOtherOrder: (mask) => orderCount(scenario, mask) > (order === 'canonical' ? 1 : repeats),
  });
  const question = (i: number, part: 'train' | 'test', shown: Showings): Question => ({
    mask: masks[i]!,
    showings: shown,
    explain: drawOf(seed, 'explanation', scenario.sets.key(masks[i]!)) < explain,
    ...(weights && { weight: weights[i]! }),
    part,
  });
  const questions = [
    ...Array.from(masks, (mask, i) => question(i, test[i] ? 'test' : 'train', showings(scenario, mask, options))),
    ...again.map((i) => question(i, 'test', otherShowings(scenario, masks[i]!, options))),
  ];
  return { questions, heldOut, rule };
}
