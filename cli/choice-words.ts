import { LEAST_MASS } from '../policies/models/choice.ts';
import { grouped, percent } from '../report/wording.ts';
import type { Choices, NameCheck } from '../workspace/choices.ts';

/** How much the letters of the options had, and how far their order mattered; nothing if no choice was asked for. */
export function choiceWords(choices: Choices | undefined): string[] {
  if (!choices) return [];
  const { orders, mass, bias, names } = choices;
  return [
    `Letters of the options, in ${orders} orders, have ${three(mass.median)} of the probability (median; least ${three(mass.least)})`,
    ...(bias
      ? [`The order of the options moves ${three(bias.median)} of it (median; most ${three(bias.largest)})`]
      : []),
    ...(mass.low > 0
      ? [
          `${grouped(mass.low)} answers were not taken: their letters have less than ${LEAST_MASS} of the probability; with --elicit greedy, dataset and study read what the model writes instead`,
        ]
      : []),
    ...(names ? nameWords(names) : []),
  ];
}

/** How far letters and whole names agree. */
function nameWords({ questions, compared, variation, agreement, mass }: NameCheck): string[] {
  const has = mass
    ? `names have ${three(mass.median)} of the probability (median; least ${three(mass.least)})`
    : 'names have no probability';
  if (variation === null || agreement === null)
    return [`Asked again by whole names, ${grouped(questions)} questions: none can be compared; ${has}`];
  return [
    `Asked again by whole names, ${grouped(compared)} of ${grouped(questions)} questions can be compared: ${three(variation)} of the probability lies elsewhere on average (total variation), and the likeliest action is the same in ${percent(agreement)}; ${has}`,
  ];
}

const three = (value: number) => (value > 0 && value < 0.0005 ? 'less than 0.001' : value.toFixed(3));
