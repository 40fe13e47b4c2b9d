import type { WorkOptions } from '../../env/work.ts';
import { massesOf } from '../../policies/choices.ts';
import type { Answer, Teacher } from '../../policies/policy.ts';
import { mean } from '../../stats/moments.ts';
import type { NameCheck } from '../../workspace/choices.ts';
import { type Replies, shown } from './asking.ts';
import type { Question } from './plan.ts';

export interface NameCheckOptions extends Pick<WorkOptions, 'progress' | 'signal'> {
  /** Questions that are asked again. */
  readonly count: number;
  /** What to call the teacher. */
  readonly name: string;
  /** Phrases in the vocabulary. */
  readonly width: number;
  /** Orders of the options, as for the letters. */
  readonly rotations?: number | undefined;
}

/**
 * Asks some questions again by the whole names of the options, and holds the letters against them: a check of what letters
 * are worth, as a model may know names better than letters and a letter may begin a word. Questions lie evenly over all.
 * @param replies what the letters said, shape [questions]
 * @returns the check, and the answers that it cost
 */
export async function checkByNames(
  teacher: Teacher,
  questions: readonly Question[],
  replies: readonly Replies[],
  { count, name, width, rotations, progress, signal }: NameCheckOptions,
): Promise<{ check: NameCheck; answers: readonly Answer[] }> {
  const n = Math.min(count, questions.length);
  const rows = Array.from({ length: n }, (_, i) => Math.floor((i * questions.length) / n));
  const answers = await teacher.ask(shown(questions, rows, 0, width), {
    ...{ elicit: 'choice', names: true },
    ...(rotations !== undefined && { rotations }),
    ...(signal && { signal }),
    onProgress: (done, of) => progress?.({ stage: `asking ${name} by whole names`, done, of }),
  });
  const pairs = rows.flatMap((row, i) => {
    const letters = replies[row]!.answers[0]!.probabilities;
    const names = answers[i]!.probabilities;
    return letters && names ? [{ letters, names }] : [];
  });
  const choices = answers.flatMap(({ choice }) => choice ?? []);
  const check: NameCheck = {
    questions: n,
    compared: pairs.length,
    variation: pairs.length > 0 ? mean(pairs.map(({ letters, names }) => variationOf(letters, names))) : null,
    agreement: pairs.length > 0 ? mean(pairs.map(({ letters, names }) => (top(letters) === top(names) ? 1 : 0))) : null,
    mass: choices.length > 0 ? massesOf(choices) : null,
  };
  return { check, answers };
}

/** Half the sum of absolute differences: the share of the probability that lies elsewhere. */
const variationOf = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((sum, value, action) => sum + Math.abs(value - q[action]!), 0) / 2;

const top = (probabilities: readonly number[]): number => probabilities.indexOf(Math.max(...probabilities));
