import { UnderstudyError } from '../../env/error.ts';
import { type Observations, observations } from '../../env/observation.ts';
import { choicePromptOf, OPTION_LETTERS } from '../../env/prompt.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { traitBlocks } from '../../env/trait-law.ts';
import type { Answer } from '../policy.ts';
import { askingOf, type Backend } from './backend.ts';

/** Different people in no situation in particular, and nobody at all: questions to try a model out with. */
export function trialObservations(scenario: Vocabulary): Observations {
  const { sets } = scenario;
  const masks = [0, 0.5, 1].map((share) =>
    traitBlocks(scenario).reduce(
      (set, { sets: own }) => sets.union(set, own[Math.round(share * (own.length - 1))]!),
      sets.of([]),
    ),
  );
  return observations(scenario, [...new Set([...masks, sets.of([])])]);
}

/** Whether the actions of a scenario can be lettered options. */
export const isLettered = ({ actions }: Vocabulary): boolean => actions.length <= OPTION_LETTERS.length;

export interface ChoiceTrial {
  /** Probability that the letters have together, on average over the questions that were answered. */
  readonly mass?: number;
  /** Why a model's choices cannot be read; absent if most can. */
  readonly unreadable?: string;
}

/**
 * Tries out whether a model writes the letters of options, with a few questions in one order each.
 * @param request how a letter is asked for
 * @throws {UnderstudyError} where the model cannot be asked; TEACHER_CRASHED if it answers none of the questions in time
 */
export async function tryChoices(
  backend: Backend,
  scenario: Vocabulary,
  request: string,
  signal?: AbortSignal,
): Promise<ChoiceTrial> {
  const people = trialObservations(scenario);
  const prompts = Array.from(people.masks, (_, row) => choicePromptOf(scenario, people, row, { shift: 0, request }));
  const questions = [...new Set(prompts)].sort().map((prompt, row) => ({ row, prompt, orders: [prompt], seed: 0 }));
  const answers: Answer[] = [];
  try {
    await backend.ask(questions, askingOf(scenario, { elicit: 'choice', rotations: 1 }), {
      ...(signal && { signal }),
      onAnswer: (row, answer) => {
        answers[row] = answer;
      },
    });
  } catch (error) {
    if (!(error instanceof UnderstudyError) || error.code !== 'TEACHER_UNSUPPORTED') throw error;
    return { unreadable: withoutAdvice(error.message) };
  }
  const settled = answers.filter(({ outcome, transient }) => outcome !== 'timeout' && !transient);
  if (settled.length === 0)
    throw new UnderstudyError('TEACHER_CRASHED', `no trial question was answered: ${answers[0]?.reason}`);
  const masses = settled.flatMap(({ choice }) => choice?.mass ?? []);
  const failed = settled.filter(({ outcome }) => outcome !== 'ok');
  return {
    ...(masses.length > 0 && { mass: masses.reduce((sum, mass) => sum + mass, 0) / masses.length }),
    ...(2 * failed.length > settled.length && { unreadable: withoutAdvice(failed[0]!.reason ?? failed[0]!.outcome) }),
  };
}

/** What to ask for in its place is decided here. */
const withoutAdvice = (reason: string) => reason.replace(/; (?:use|ask for) "[^;]*$/, '');
