import { philox4x32, streamKey, uniform53 } from '../../env/random.ts';
import { states } from '../../env/sampling/states.ts';
import type { RuleOracle, Vocabulary } from '../../env/scenario.ts';
import { hashOf } from '../../workspace/hash.ts';
import { immediateTeacher } from '../immediate.ts';
import type { Answer, Teacher } from '../policy.ts';
import { ruleRow } from '../policy-of.ts';
import { oracleAskings, type PlantedShifts } from './shifts.ts';

/**
 * The teacher whose truth is a function of what is seen, for any number of actions. `expected` and `choice` give the truth
 * itself; `greedy` states it in hundredths; `sample` strays from it by the rule's noise and then rounds. Its explanation names the
 * phrase without which the likeliest action would lose most.
 * @param planted as openOracle has it
 */
export function ruleOracle(
  scenario: Vocabulary,
  { probabilities, noise = 0 }: RuleOracle,
  planted?: PlantedShifts,
): Teacher {
  const { actions, sets, phrases } = scenario;
  const truthOf = (shown: readonly number[]): number[] =>
    ruleRow(scenario, 'knownRule.probabilities', probabilities, shown);

  const askings = oracleAskings(scenario, planted);
  const told = { noise, truths: sampleOf(scenario).map(truthOf), ...(planted && { planted }) };
  const id = `oracle-${hashOf(told).slice(0, 12)}`;

  /** The phrase of an observation that speaks most for an action; undefined for the empty one. */
  const driver = (shown: readonly number[], action: number): string | undefined => {
    const losses = shown.map((phrase) => -truthOf(shown.filter((other) => other !== phrase))[action]!);
    const most = losses.indexOf(Math.max(...losses));
    return most < 0 ? undefined : phrases[shown[most]!];
  };

  return immediateTeacher(scenario, {
    id,
    caveat: 'a rule that was written down, not a language model',
    answer: (batch, row, options): Answer => {
      const { asking, shown: shownOf, logitsOf, layoutKey } = askings(options);
      const { elicit, explain, temperature, seed, repeat, rotations } = asking;
      const shown = shownOf(batch, row);
      const truth = movedBy(truthOf(shown), logitsOf?.(shown));
      if (elicit === 'expected') return { outcome: 'ok', probabilities: truth };
      if (elicit === 'choice') return certainChoice(truth, rotations);
      const order = (orderKey(shown) ^ layoutKey ^ Math.imul(options.paraphrase ?? 0, 0x9e3779b1)) >>> 0;
      const draw = { seed, set: sets.key(batch.masks[row]!), order, repeat };
      const stated = inHundredths(elicit === 'sample' ? strayed(truth, noise * Math.sqrt(temperature), draw) : truth);
      const likeliest = stated.indexOf(Math.max(...stated));
      const named = explain ? driver(shown, likeliest) : undefined;
      const explanation = explain
        ? `Most likely to ${actions[likeliest]}${named === undefined ? '' : `, because of "${named}"`}.`
        : undefined;
      const reply = Object.fromEntries(actions.slice(1).map((action, a) => [action, stated[a + 1]!]));
      return {
        outcome: 'ok',
        probabilities: stated,
        ...(explanation !== undefined && { explanation }),
        reply: JSON.stringify({ ...reply, ...(explanation !== undefined && { explanation }) }),
        rung: 'json',
      };
    },
  });
}

/** Probabilities whose logits against the first action are moved. */
function movedBy(truth: readonly number[], logits: readonly number[] | undefined): readonly number[] {
  if (!logits || logits.every((shift) => shift === 0)) return truth;
  const moved = truth.map((p, a) => p * Math.exp(logits[a]!));
  const sum = moved.reduce((total, p) => total + p, 0);
  return moved.map((p) => p / sum);
}

/** Observations whose truths tell one rule from another. */
function sampleOf(scenario: Vocabulary): number[][] {
  const sample: number[][] = [];
  for (const state of states(scenario)) if (sample.push(scenario.sets.indices(state)) === 256) break;
  const singly = scenario.phrases.map((_, j) => [j]);
  return [...sample, ...singly];
}

interface Draw {
  readonly seed: number;
  readonly set: number;
  readonly order: number;
  readonly repeat: number;
}

/** Probabilities whose logits against the first action have moved by normal noise. */
function strayed(truth: readonly number[], sd: number, { seed, set, order, repeat }: Draw): number[] {
  if (sd === 0) return [...truth];
  const moved = truth.map((p, a) => {
    if (a === 0 || p === 0) return p;
    const [r, s, t, u] = philox4x32([set, order, repeat >>> 0, RULE_DRAWS + a], streamKey(seed, 'sampling'));
    return p * Math.exp(sd * normal(uniform53(r, s), uniform53(t, u)));
  });
  const sum = moved.reduce((total, p) => total + p, 0);
  return moved.map((p) => p / sum);
}

/** The last counter word of the draws for action a is RULE_DRAWS + a: below lie the paraphrases of the other oracle. */
const RULE_DRAWS = 2 ** 31;

/** A standard normal number from two uniform ones (Box & Muller, 1958). */
const normal = (u: number, v: number): number => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);

/** FNV-1a of the order shown. */
const orderKey = (shown: readonly number[]): number =>
  shown.reduce((hash, phrase) => Math.imul(hash ^ phrase, 0x01000193) >>> 0, 0x811c9dc5);

/** The nearest probabilities in hundredths that sum to 1: largest remainders get what rounding down left. */
function inHundredths(probabilities: readonly number[]): number[] {
  const hundredths = probabilities.map((p) => Math.floor(100 * p + 1e-9));
  const left = 100 - hundredths.reduce((sum, h) => sum + h, 0);
  const remainder = (a: number) => 100 * probabilities[a]! - hundredths[a]!;
  const order = probabilities.map((_, a) => a).sort((a, b) => remainder(b) - remainder(a) || a - b);
  for (const a of order.slice(0, left)) hundredths[a]!++;
  return hundredths.map((h) => h / 100);
}

/** A choice by somebody who knows the probabilities and prefers no letter: the same in every order of the options. */
export const certainChoice = (probabilities: readonly number[], rotations: number): Answer => ({
  outcome: 'ok',
  probabilities,
  choice: { letters: Array.from({ length: rotations }, () => probabilities), mass: 1, bias: 0 },
});
