import { quantile } from '../stats/bootstrap.ts';
import type { Choices } from '../workspace/choices.ts';
import { LEAST_MASS } from './models/choice.ts';
import type { Answer } from './policy.ts';

/**
 * How much the letters of choices had, and how far the order of the options mattered: of answers that count, and of those
 * that the letters had too little of.
 * @returns undefined if none of the answers is a choice
 */
export function choicesOf(answers: readonly Answer[]): Choices | undefined {
  const choices = answers.flatMap(({ choice }) => choice ?? []);
  if (choices.length === 0) return undefined;
  const biases = choices.flatMap(({ bias }) => bias ?? []).sort((a, b) => a - b);
  return {
    orders: choices[0]!.letters.length,
    mass: massesOf(choices),
    bias: biases.length > 0 ? { median: quantile(biases, 0.5), largest: biases.at(-1)! } : null,
  };
}

/** @param choices one or more */
export function massesOf(choices: readonly { readonly mass: number }[]): Choices['mass'] {
  const masses = choices.map(({ mass }) => mass).sort((a, b) => a - b);
  return {
    median: quantile(masses, 0.5),
    least: masses[0]!,
    low: masses.filter((mass) => mass < LEAST_MASS).length,
  };
}
