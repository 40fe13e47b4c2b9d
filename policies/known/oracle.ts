import { UnderstudyError } from '../../env/error.ts';
import { driver, explain, type OracleRule, type OracleWording, replyDistribution } from '../../env/known-rule.ts';
import { phraseSets } from '../../env/phrase-sets.ts';
import { philox4x32, streamKey, uniform53 } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { hashOf } from '../../workspace/hash.ts';
import { immediateTeacher } from '../immediate.ts';
import type { Asking } from '../models/backend.ts';
import { readingOf } from '../models/number-distribution.ts';
import type { Answer, Teacher } from '../policy.ts';
import { certainChoice, ruleOracle } from './rule-oracle.ts';
import { oracleAskings, type PlantedShifts } from './shifts.ts';

/**
 * The teacher whose truth is known. `expected` and `choice` give the mean of its reply's distribution, `greedy` the
 * likeliest reply (of several the lowest), `sample` a draw from the distribution, heaped and noisy as it is; at a
 * temperature other than 1 from its 1/temperature-th power. Greedy replies name the driver in the first wording, samples in
 * a random one. A draw depends on seed, repeat, paraphrase, layout and the
 * observation in its order, on nothing else.
 * @param planted what its answers are to depend on beside the observation: how it is asked
 * @throws {UnderstudyError} TEACHER_UNSUPPORTED for a scenario without a rule
 */
export function openOracle(scenario: Vocabulary, planted?: PlantedShifts): Teacher {
  const known = scenario.knownRule;
  if (!known)
    throw new UnderstudyError(
      'TEACHER_UNSUPPORTED',
      `${scenario.id} declares no known rule for the oracle; use a language model, or constant:P`,
    );
  if ('probabilities' in known) return ruleOracle(scenario, known, planted);
  const { rule, wording } = known;
  // Through JSON, which has no infinity: the last likelihood's bound becomes null.
  const told = { rule, wording, ...(planted && { planted }) };
  const id = `oracle-${hashOf(JSON.parse(JSON.stringify(told))).slice(0, 12)}`;
  const askings = oracleAskings(scenario, planted);
  return immediateTeacher(scenario, {
    id,
    caveat: 'a rule that was written down, not a language model',
    answer: (batch, row, options) => {
      const { asking, shown, logitsOf, layoutKey } = askings(options);
      const observation = shown(batch, row);
      const logits = logitsOf?.(observation)[1] ?? 0;
      const moved = logits === 0 ? rule : { ...rule, intercept: rule.intercept + logits };
      return answerOf(moved, wording, scenario.actions[1]!, observation, asking, options.paraphrase ?? 0, layoutKey);
    },
  });
}

function answerOf(
  rule: OracleRule,
  wording: OracleWording,
  action: string,
  observation: readonly number[],
  { elicit, explain: asked, temperature, seed, repeat, rotations }: Asking,
  paraphrase: number,
  layoutKey: number,
): Answer {
  const distribution = replyDistribution(rule, observation, paraphrase);
  if (elicit === 'expected' || elicit === 'choice') {
    const reading = readingOf(distribution);
    const probabilities = [1 - reading.mean, reading.mean];
    if (elicit === 'choice') return certainChoice(probabilities, rotations);
    return { outcome: 'ok', probabilities, distribution: reading.distribution };
  }
  const draw =
    elicit === 'sample' ? drawOf(rule.main.length, observation, { seed, repeat, paraphrase, layoutKey }) : undefined;
  const value = draw ? pick(distribution, temperature, draw.uniform) : distribution.indexOf(Math.max(...distribution));
  const stated = value / 100;
  const explanation = asked
    ? explain(wording, driver(rule, observation, stated >= 0.5), stated, draw?.template, draw?.wording)
    : undefined;
  const told = explanation === undefined ? '' : `, "explanation": ${JSON.stringify(explanation)}`;
  return {
    outcome: 'ok',
    probabilities: [(100 - value) / 100, stated],
    ...(explanation !== undefined && { explanation }),
    reply: `{${JSON.stringify(action)}: ${stated.toFixed(2)}${told}}`,
    rung: 'json',
  };
}

/**
 * The randomness of one reply, addressed by what is asked: all four counter words are its own. A `sequence` of the same stream
 * counts its blocks where the hash of the order stands, so the two meet with a chance of 2^-32 a block.
 */
function drawOf(
  width: number,
  observation: readonly number[],
  { seed, repeat, paraphrase, layoutKey }: Readonly<Record<'seed' | 'repeat' | 'paraphrase' | 'layoutKey', number>>,
) {
  const sets = phraseSets(width);
  const set = sets.key(sets.of(observation));
  // FNV-1a of the order shown.
  const shown = observation.reduce((hash, phrase) => Math.imul(hash ^ phrase, 0x01000193) >>> 0, 0x811c9dc5);
  const order = (shown ^ layoutKey) >>> 0;
  const [a, b, template, wording] = philox4x32([set, order, repeat >>> 0, paraphrase], streamKey(seed, 'sampling'));
  return { uniform: uniform53(a, b), template, wording };
}

/** The value at which the cumulated, tempered distribution passes a uniform number. */
function pick(distribution: Float64Array, temperature: number, uniform: number): number {
  const top = Math.max(...distribution);
  const weights = distribution.map((p) => (p / top) ** (1 / temperature));
  let left = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  for (let value = 0; value < weights.length; value++) {
    left -= weights[value]!;
    if (left < 0) return value;
  }
  // Rounding can leave a little at the end: the last value that is possible.
  return weights.findLastIndex((weight) => weight > 0);
}
