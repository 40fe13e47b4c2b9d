import { LEAST_MASS } from '../policies/models/choice.ts';
import { grouped } from '../report/wording.ts';
import type { Choices } from '../workspace/choices.ts';

/** How much the letters of the options had, and how far their order mattered; nothing if no choice was asked for. */
export function choiceWords(choices: Choices | undefined): string[] {
  if (!choices) return [];
  const { orders, mass, bias } = choices;
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
  ];
}

const three = (value: number) => value.toFixed(3);
