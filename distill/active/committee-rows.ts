import { observations, phrasesOf } from '../../env/observation.ts';
import { states } from '../../env/sampling/states.ts';
import type { Scenario } from '../../env/scenario.ts';
import { mean } from '../../stats/moments.ts';
import type { LabelledState } from '../inquiry.ts';
import type { Committee } from './committee.ts';

/**
 * Rows of every state of a scenario: the teacher's own where it was asked, the average of a committee elsewhere, which
 * `elicitation: committee` says of them. One student that learns them all does nearly as well as the committee:
 * Hinton, Vinyals & Dean, "Distilling the knowledge in a neural network", 2015.
 */
export async function committeeRows(
  scenario: Scenario,
  committee: Committee,
  known: readonly LabelledState[],
  signal?: AbortSignal,
): Promise<object[]> {
  const k = scenario.actions.length;
  const all = observations(scenario, states(scenario));
  const asked = new Map(known.map(({ mask, row }) => [mask, row]));
  const answers = await committee.decide(all, k, signal);
  const { teacher, seed } = known[0]!.row;
  return Array.from(all.masks, (mask, i) => {
    const own = asked.get(mask);
    if (own) return own;
    const averages = scenario.actions.map((_, a) => rounded(mean(answers.map((answer) => answer[i * k + a]!))));
    return {
      ...phrasesOf(scenario, all, i),
      probability_LLM: averages[1]!,
      ...(k > 2 && { probabilities: averages }),
      scenario: scenario.id,
      teacher,
      elicitation: 'committee',
      members: answers.length,
      seed,
    };
  });
}

/** As the rows of a data set. */
const rounded = (value: number): number => Number(value.toFixed(6));
