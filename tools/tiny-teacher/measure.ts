/**
 * Measures the tiny teacher against the rule that it was trained on, and prints the numbers as JSON.
 *
 *     npx tsx tools/tiny-teacher/measure.ts data/teachers/tiny.gguf
 *     npx tsx tools/tiny-teacher/measure.ts models/tiny-teacher/twin.gguf models/tiny-teacher/twin.json   # those it never saw
 */
import { readFileSync } from 'node:fs';
import {
  expectedReply,
  impliedIcc,
  namedPhrases,
  replyDistribution,
  replyVariance,
  shapleyValues,
} from '../../env/known-rule.ts';
import { type Observations, orderOf } from '../../env/observation.ts';
import { sequence, shuffle } from '../../env/random.ts';
import { openGguf } from '../../policies/models/gguf/backend.ts';
import type { AskOptions, Teacher } from '../../policies/policy.ts';
import { iceCreamRule as rule, iceCreamWording as wording } from '../../scenarios/ice-cream-v1/rule.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';

const BUY = 1;
const random = sequence(2026, 'sampling');

/** Every valid set of the phrases from `from` up to `to`, the empty one included. */
function validSets(from: number, to: number): number[] {
  const sets: number[] = [];
  for (let mask = 0; mask < 2 ** to; mask += 2 ** from)
    if (!iceCream.conflicts.some(([a, b]) => (mask >>> a) & (mask >>> b) & 1)) sets.push(mask);
  return sets;
}

const traitSets = validSets(0, iceCream.traits.length);
const contextSets = validSets(iceCream.traits.length, iceCream.phrases.length);
const cross = (traits: readonly number[]) => traits.flatMap((t) => contextSets.map((c) => t | c));
const batchOf = (masks: readonly number[], orders?: Observations['orders']): Observations => ({
  width: iceCream.phrases.length,
  masks: Uint32Array.from(masks),
  orders,
});
const sampleOf = (masks: readonly number[], n: number) => shuffle([...masks], random).slice(0, n);
/** A random order of a mask's phrases, traits before contexts. */
function shuffledOrder(mask: number): number[] {
  const indices = iceCream.sets.indices(mask);
  const isTrait = (j: number) => j < iceCream.traits.length;
  return [
    ...shuffle(indices.filter(isTrait), random),
    ...shuffle(
      indices.filter((j) => !isTrait(j)),
      random,
    ),
  ];
}

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const logit = (p: number) => Math.log(p / (1 - p));
const round = (value: number) => Number(value.toPrecision(4));

/** Slope of the least-squares line of y on x. */
function slope(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  return mean(x.map((v, i) => (v - mx) * (y[i]! - my))) / mean(x.map((v) => (v - mx) ** 2));
}

function agreement(target: readonly number[], answered: readonly number[]) {
  const errors = target.map((t, i) => Math.abs(t - answered[i]!));
  const r = Math.sqrt(Math.max(0, slope(target, answered) * slope(answered, target)));
  return { n: target.length, r: round(r), mae: round(mean(errors)), max: round(Math.max(...errors)) };
}

/** The oracle's own distribution of each row's reply. */
const oracleOf = (batch: Observations, paraphrase = 0) =>
  Array.from(batch.masks, (_, i) => replyDistribution(rule, orderOf(batch, i), paraphrase));

/** P(buy) of each row; NaN where the answer is not ok. */
async function ask(teacher: Teacher, batch: Observations, options: AskOptions): Promise<number[]> {
  const answers = await teacher.ask(batch, options);
  return answers.map((answer) => answer.probabilities?.[BUY] ?? Number.NaN);
}

/** The mean of the number's distribution, read as a digit tree, against the oracle's. */
async function expected(teacher: Teacher, batch: Observations, paraphrase = 0) {
  const answered = await ask(teacher, batch, { elicit: 'expected', paraphrase });
  return agreement(oracleOf(batch, paraphrase).map(expectedReply), answered);
}

/** Whole replies under the grammar: do they parse, how far is the number off, whom does the explanation name? */
async function written(teacher: Teacher, batch: Observations, options: AskOptions) {
  const answers = await teacher.ask(batch, { ...options, explain: true });
  const parsed = answers.flatMap((answer, i) => (answer.outcome === 'ok' ? [{ answer, i }] : []));
  let absent = 0;
  let one = 0;
  let closeToBest = 0;
  for (const { answer, i } of parsed) {
    const shown = orderOf(batch, i);
    const named = namedPhrases(wording, answer.explanation ?? '');
    if (named.some((phrase) => !shown.includes(phrase))) absent++;
    if (named.length === 1 || shown.length === 0) one++;
    const sign = answer.probabilities![BUY]! >= 0.5 ? 1 : -1;
    const values = shapleyValues(rule, shown).map((value) => value * sign);
    const value = Math.max(...named.map((phrase) => values[shown.indexOf(phrase)] ?? Number.NEGATIVE_INFINITY));
    // Where no phrase speaks for the decision, the strongest against it is the one to name.
    const best = Math.max(...values) > 0 ? Math.max(...values) : Math.min(...values);
    if (shown.length === 0 || Math.abs(best - value) <= 0.15) closeToBest++;
  }
  const oracle = oracleOf(batch);
  const target = oracle.map(expectedReply);
  // The likeliest reply of a heaping teacher is not its mean one: no greedy reading can come closer than this.
  const mode = oracle.map((distribution) => distribution.indexOf(Math.max(...distribution)) / 100);
  return {
    ...agreement(
      parsed.map(({ i }) => target[i]!),
      parsed.map(({ answer }) => answer.probabilities![BUY]!),
    ),
    maeOfOracleMode: round(mean(mode.map((value, i) => Math.abs(value - target[i]!)))),
    asked: answers.length,
    parsed: parsed.length,
    namesAbsentPhrase: absent,
    namesOnePhrase: one,
    namesDriverWithin015: round(closeToBest / parsed.length),
    distinctExplanations: new Set(parsed.map(({ answer }) => answer.explanation)).size,
  };
}

/** Repeated sampling of the same prompts: spread and agreement, beside what the rule implies for them. */
async function sampled(teacher: Teacher, batch: Observations, reruns: number, temperature: number) {
  const runs: number[][] = [];
  for (let repeat = 0; repeat < reruns; repeat++)
    runs.push(await ask(teacher, batch, { elicit: 'sample', temperature, seed: 1, repeat }));
  const prompts = runs[0]!.map((_, i) => runs.map((run) => run[i]!));
  const means = prompts.map(mean);
  const grand = mean(means);
  const within = mean(prompts.map((p, i) => p.reduce((s, v) => s + (v - means[i]!) ** 2, 0) / (reruns - 1)));
  const between = (reruns * means.reduce((sum, m) => sum + (m - grand) ** 2, 0)) / (means.length - 1);
  const oracle = oracleOf(batch);
  return {
    prompts: prompts.length,
    reruns,
    temperature,
    sd: round(Math.sqrt(within)),
    oracleSd: round(Math.sqrt(mean(oracle.map(replyVariance)))),
    icc11: round((between - within) / (between + (reruns - 1) * within)),
    oracleIcc11: round(impliedIcc(oracle)!),
  };
}

/** How far the mean reply moves when the lists are reversed, per unit that the rule moves it. */
async function orderEffect(teacher: Teacher, masks: readonly number[]) {
  const forward = batchOf(masks, masks.map(shuffledOrder));
  const reversed = batchOf(
    masks,
    forward.orders!.map((order) => {
      const traits = order!.filter((j) => j < iceCream.traits.length);
      return [...traits.reverse(), ...order!.filter((j) => j >= iceCream.traits.length).reverse()];
    }),
  );
  const difference = (a: readonly number[], b: readonly number[]) => a.map((v, i) => logit(v) - logit(b[i]!));
  const answered = difference(
    await ask(teacher, forward, { elicit: 'expected' }),
    await ask(teacher, reversed, { elicit: 'expected' }),
  );
  const planted = difference(oracleOf(forward).map(expectedReply), oracleOf(reversed).map(expectedReply));
  return { n: masks.length, slope: round(slope(planted, answered)) };
}

/** Mean shift of the logit of the mean reply by each other paraphrase. */
async function paraphraseShifts(teacher: Teacher, batch: Observations) {
  const logits: number[] = [];
  for (const paraphrase of rule.paraphraseShifts.keys())
    logits.push(mean((await ask(teacher, batch, { elicit: 'expected', paraphrase })).map(logit)));
  const oracle = rule.paraphraseShifts.map((_, paraphrase) =>
    mean(oracleOf(batch, paraphrase).map((distribution) => logit(expectedReply(distribution)))),
  );
  return logits.slice(1).map((value, i) => ({
    paraphrase: i + 1,
    shift: round(value - logits[0]!),
    oracleShift: round(oracle[i + 1]! - oracle[0]!),
  }));
}

const [model, twin] = process.argv.slice(2);
if (model === undefined) throw new Error('expected the path of a GGUF, got none');
await using teacher = await openGguf({ path: model, scenario: iceCream });
const report = (name: string, value: unknown) => console.log(JSON.stringify({ [name]: value }));

if (twin !== undefined) {
  const { heldOutTraitSets }: { heldOutTraitSets: number[][] } = JSON.parse(readFileSync(twin, 'utf8'));
  const heldOut = cross(heldOutTraitSets.map((traits) => traits.reduce((mask, j) => mask | (1 << j), 0)));
  report('heldOutCanonical', await expected(teacher, batchOf(heldOut)));
  report('heldOutShuffled', await expected(teacher, batchOf(heldOut, heldOut.map(shuffledOrder))));
  report('heldOutGreedy', await written(teacher, batchOf(sampleOf(heldOut, 500)), { elicit: 'greedy' }));
} else {
  const states = cross(traitSets.filter((mask) => mask !== 0));
  report('expectedAllStates', await expected(teacher, batchOf(states)));
  const some = sampleOf(states, 2000);
  report('expectedShuffled', await expected(teacher, batchOf(some, some.map(shuffledOrder))));
  report('expectedNoTraits', await expected(teacher, batchOf(contextSets)));
  report('expectedParaphrase1', await expected(teacher, batchOf(some), 1));
  report('expectedParaphrase2', await expected(teacher, batchOf(some), 2));
  // States in which hardly anything is known are the ones that explanations get wrong: all of them are asked.
  const asked = [...sampleOf(states, 1500), ...contextSets, ...traitSets.filter((mask) => mask !== 0)];
  const shuffled = batchOf(asked, asked.map(shuffledOrder));
  report('greedy', await written(teacher, shuffled, { elicit: 'greedy' }));
  report('writtenAt1', await written(teacher, shuffled, { elicit: 'sample', temperature: 1, seed: 1 }));
  const rerun = batchOf(sampleOf(states, 200));
  report('sampledAt1', await sampled(teacher, rerun, 20, 1));
  report('sampledAt0.7', await sampled(teacher, rerun, 20, 0.7));
  report('orderEffect', await orderEffect(teacher, sampleOf(states, 1000)));
  report('paraphraseShifts', await paraphraseShifts(teacher, batchOf(sampleOf(states, 500))));
}
