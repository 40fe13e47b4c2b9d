import { phrasesOf } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { Interview } from './interview.ts';
import type { Plan } from './plan.ts';
import type { Setting } from './setting.ts';

const COLUMNS = [
  'prompt',
  'run',
  'traits',
  'context',
  'temperature',
  'seed',
  'outcome',
  'probability',
  'explanation',
  'design',
  'order',
  'paraphrase',
  'batch',
  'rung',
];

type Row = (string | number | undefined)[];

/**
 * The table of all answers, a row for each prompt and asking of each design (`alone:FACET` or `crossed`), names of the
 * columns first. Phrases are in the order shown. Without temperature and seed: the mean of the number's distribution;
 * at temperature 0 the greedy reply. An answer that serves two designs is in both.
 */
export function rowsOf(scenario: Scenario, plan: Plan, interview: Interview): Row[] {
  const rowOf = (design: string, prompt: number, run: number, setting: Setting): Row => {
    const { traits, context } = phrasesOf(scenario, interview.observations(setting), prompt);
    const { outcome, probabilities, explanation, rung } = interview.answers(setting)[prompt]!;
    return [
      prompt,
      run,
      traits.join('; '),
      context.join('; '),
      setting.elicit === 'greedy' ? 0 : setting.temperature,
      setting.seed,
      outcome,
      probabilities?.[1],
      explanation,
      design,
      setting.order === 0 ? 'canonical' : `shuffle ${setting.order}`,
      setting.paraphrase,
      setting.batch,
      rung,
    ];
  };
  const prompts = Array.from({ length: interview.prompts }, (_, prompt) => prompt);
  const { crossed } = plan;
  return [
    COLUMNS,
    ...prompts.flatMap((prompt) =>
      plan.seed.levels.map(({ settings }, run) => rowOf('alone:seed', prompt, run, settings[0]!)),
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
