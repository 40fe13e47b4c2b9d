import { phrasesOf } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import { RERUNS, type StabilityRow } from '../../workspace/stability.ts';
import type { Interview } from './interview.ts';
import type { Plan } from './plan.ts';
import type { Setting } from './setting.ts';

/**
 * A row for each prompt and asking of each design (`alone:FACET` or `crossed`). Phrases are in the order shown. Without
 * temperature and seed: the mean of the number's distribution; at temperature 0 the greedy reply. An answer that serves
 * two designs is in both.
 */
export function rowsOf(scenario: Scenario, plan: Plan, interview: Interview): StabilityRow[] {
  const rowOf = (design: string, prompt: number, run: number, setting: Setting): StabilityRow => {
    const { outcome, probabilities, explanation, rung } = interview.answers(setting)[prompt]!;
    const { elicit, temperature, seed, order, paraphrase, batch } = setting;
    return {
      ...{ prompt, run, seed, outcome, explanation, design, paraphrase, batch, rung },
      ...phrasesOf(scenario, interview.observations(setting), prompt),
      temperature: elicit === 'greedy' ? 0 : temperature,
      probability: probabilities?.[1],
      order: order === 0 ? 'canonical' : `shuffle ${order}`,
    };
  };
  const prompts = Array.from({ length: interview.prompts }, (_, prompt) => prompt);
  const { crossed } = plan;
  return [
    ...prompts.flatMap((prompt) =>
      plan.seed.levels.map(({ settings }, run) => rowOf(RERUNS, prompt, run, settings[0]!)),
    ),
    ...plan.alone.flatMap(({ facet, levels }) =>
      prompts.flatMap((prompt) =>
        levels.flatMap(({ settings }) => settings.map((setting, run) => rowOf(`alone:${facet}`, prompt, run, setting))),
      ),
    ),
    ...(crossed
      ? prompts.flatMap((prompt) =>
          crossed.settings.map((setting, at) => rowOf('crossed', prompt, at % crossed.replications, setting)),
        )
      : []),
  ];
}
