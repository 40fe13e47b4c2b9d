import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { ONE, quantise } from './chance.ts';
import { brokenBy, observations, phrasesOf } from './observation.ts';
import { promptOf } from './prompt.ts';
import { philox4x32 } from './random.ts';
import { type Reachability, reachability } from './reachability.ts';
import { ContextSets } from './sampling/states.ts';
import type { Scenario, Vocabulary } from './scenario.ts';
import { look, stateSpace } from './state-space.ts';
import { type TestRunner, testRunner } from './test-runner.ts';
import { traitBlocks } from './trait-law.ts';
import { type CrowdPath, type DecideWeights, trajectory, worldPath } from './trajectory.ts';
import { hasDynamics } from './vocabulary.ts';

const TICKS = 60;
const AGENTS = 12;
const SEED = 20_260_101;

/** What occurs in the states that some policy can reach. */
interface Occurrences extends Reachability {
  /** Shape [factors][levels], the world's factors first. */
  readonly levels: readonly (readonly boolean[])[];
  readonly contexts: readonly boolean[];
  readonly actions: readonly boolean[];
}

function occurrences(scenario: Scenario): Occurrences {
  const levels = [...scenario.world, ...scenario.agent].map((factor) => factor.levels.map(() => false));
  const contexts = scenario.contexts.map(() => false);
  const actions = scenario.actions.map(() => false);
  const found = reachability(scenario, (space, values, mask) => {
    // World now and agent now are neighbours, in this order.
    levels.forEach((occurs, f) => (occurs[values[space.worldNow + f]!] = true));
    contexts.forEach((_, c) => (contexts[c] ||= scenario.sets.holds(mask, scenario.traits.length + c)));
    actions.forEach((_, a) => (actions[a] ||= look(space.allowed[a]!, values)));
  });
  return { ...found, levels, contexts, actions };
}

const missing = (names: readonly unknown[], occurs: readonly boolean[]) => names.filter((_, i) => !occurs[i]);

/** Factors on whose value nothing depends but their own next value. */
function unread({ world, agent, crowd, observe, allowed, reward, measures, map }: Scenario): string[] {
  const factors = [...world, ...agent];
  return [...factors, ...crowd]
    .map(({ name }) => name)
    .filter((name) => {
      const readers = [
        ...factors.filter((other) => other.name !== name).flatMap(({ start, next }) => [start, next]),
        ...crowd.filter((other) => other.name !== name).flatMap(({ who, since }) => [who, ...(since ? [since] : [])]),
        ...agent
          .filter((other) => other.name !== name)
          .flatMap(({ neighbours }) => (neighbours ? [neighbours.who] : [])),
        ...observe,
        ...allowed,
        reward,
        ...Object.values(measures),
      ];
      return (
        map?.factor !== name &&
        !crowd.some(({ by }) => by?.kind === 'factor' && by.name === name) &&
        !readers.some(({ parents }) => parents.includes(name) || parents.includes(`${name}'`))
      );
    });
}

/** Whether a text names something as a word of its own: "ride", but not in "rider". */
const names = (text: string, word: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}_])${word.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\p{L}\\p{N}_])`, 'iu').test(
    text,
  );

/**
 * The suite that every scenario passes, for any test runner with `describe` and `it`. Call it in a test file.
 * @example describeScenario(scenario)
 */
export function describeScenario(vocabulary: Vocabulary, runner: Partial<TestRunner> = {}): void {
  const { describe, it } = testRunner(runner);
  describe(`scenario ${vocabulary.id}`, () => {
    if (hasDynamics(vocabulary)) describeDynamics(vocabulary, it);
    describeWords(vocabulary, it);
  });
}

function describeDynamics(scenario: Scenario, it: TestRunner['it']): void {
  const space = stateSpace(scenario);
  const k = scenario.actions.length;
  let found: Occurrences | undefined;
  /** Searched once, by the first test that asks. */
  const occurring = () => (found ??= occurrences(scenario));
  /** A policy with no pattern, so that every branch is met. */
  const scattered: DecideWeights = (mask) => {
    const words = philox4x32([scenario.sets.key(mask), 0, 0, 0], [0, 0]).map((word) => word / 2 ** 32 + 0.01);
    const shares = Array.from({ length: k }, (_, a) => words[a % 4]!);
    const sum = shares.reduce((total, share) => total + share, 0);
    return quantise(shares.map((share) => share / sum));
  };
  /** A crowd at every level in turn: what it does is not for one agent to say. */
  const crowd: CrowdPath = (tick) =>
    space.crowd.flatMap(({ factor, places }) =>
      Array.from({ length: places }, (_, place) => (tick + place) % factor.levels.length),
    );
  const live = (agent: number, seed = SEED) =>
    trajectory(space, scattered, { seed, agent, ticks: TICKS, crowd }).map(({ code, mask, action, reward }) => [
      code,
      mask,
      action,
      reward,
    ]);

  it('has tables whose rows sum to 1', () => {
    for (const { name, start, next } of [...scenario.world, ...scenario.agent])
      for (const table of [start, next])
        table.rows.forEach((weights, row) => {
          const sum = weights.reduce((total, weight) => total + weight, 0);
          assert.ok(sum === ONE, `row ${row} of ${name} sums to ${sum}, not ${ONE}`);
        });
  });

  it('gives the same trajectory for the same seed', () => {
    for (let agent = 0; agent < AGENTS; agent++)
      assert.ok(isDeepStrictEqual(live(agent), live(agent)), `agent ${agent} does not live the same life twice`);
  });

  it('permutes its results when its agents are permuted: a life does not depend on the order of turns', () => {
    const forward = Array.from({ length: AGENTS }, (_, agent) => live(agent));
    const backward = Array.from({ length: AGENTS }, (_, i) => live(AGENTS - 1 - i)).reverse();
    const differing = forward.findIndex((life, agent) => !isDeepStrictEqual(life, backward[agent]));
    assert.ok(differing < 0, `agent ${differing} lives another life when the agents take turns in the opposite order`);
  });

  it('shares one world among all agents and policies', () => {
    const path = worldPath(space, SEED, TICKS, crowd);
    for (const decide of [scattered, () => [ONE, ...new Array<number>(k - 1).fill(0)]])
      trajectory(space, decide, { seed: SEED, agent: 3, ticks: TICKS, crowd }).forEach(({ world }, tick) =>
        assert.ok(isDeepStrictEqual(world, path[tick]), `the world differs at tick ${tick} under another policy`),
      );
  });

  it('makes no observation that breaks a conflict or a group, in any state that any policy can reach', () => {
    const { violation, crowd: assumed = [] } = occurring();
    const caveat = assumed.length > 0 ? ` (if every level of ${assumed.join(', ')} can occur)` : '';
    assert.ok(!violation, violation && `${violation.problem} here${caveat}:\n${violation.path.join('\n')}`);
  });

  it('reaches every level of every factor', () => {
    const { levels } = occurring();
    [...scenario.world, ...scenario.agent].forEach((factor, f) => {
      const never = missing(factor.levels, levels[f]!);
      assert.ok(never.length === 0, `${factor.name} never is ${never.join(' or ')}, whatever policy decides`);
    });
  });

  it('shows every context in some state', () => {
    const contexts = missing(scenario.contexts, occurring().contexts);
    assert.ok(contexts.length === 0, `never holds in a state that can be reached: ${contexts.join(', ')}`);
  });

  it('allows every action in some state', () => {
    const never = missing(scenario.actions, occurring().actions);
    assert.ok(never.length === 0, `never allowed in a state that can be reached: ${never.join(', ')}`);
  });

  it('reads every factor: in a context, a reward, a measure, what is allowed, the map or another factor', () => {
    const never = unread(scenario);
    assert.ok(never.length === 0, `nothing depends on ${never.join(' or ')}; leave it out, or read it`);
  });
}

/** Observations of all kinds, without listing them all. */
function someStates(vocabulary: Vocabulary): number[] {
  const { sets } = vocabulary;
  const blocks = traitBlocks(vocabulary);
  const situations = new ContextSets(vocabulary);
  return Array.from({ length: TICKS }, (_, i) => {
    const person = blocks.reduce(
      (set, block) => sets.union(set, block.sets[(7 * i) % block.sets.length]!),
      sets.of([]),
    );
    return situations.at(person, i);
  });
}

function describeWords(vocabulary: Vocabulary, it: TestRunner['it']): void {
  it('has a law of trait sets that sums to 1 and breaks no conflict', () => {
    for (const { sets, weights, total } of traitBlocks(vocabulary)) {
      const sum = Array.from(weights).reduce((all, weight) => all + weight, 0);
      assert.ok(sum === total, `the weights of trait sets sum to ${sum}, not ${total}`);
      for (const set of sets) {
        const broken = brokenBy(vocabulary, set)?.map((phrase) => `"${vocabulary.phrases[phrase]}"`);
        assert.ok(!broken, `a trait set holds ${broken?.join(' and ')}, which conflict`);
      }
    }
  });

  it('has every trait in some set', () => {
    const traits = vocabulary.traits.filter(
      (_, i) => !traitBlocks(vocabulary).some(({ sets }) => sets.some((set) => vocabulary.sets.holds(set, i))),
    );
    assert.ok(traits.length === 0, `in no trait set of positive weight: ${traits.join(', ')}`);
  });

  it('asks in every paraphrase for each action but the default, by its name', () => {
    for (const paraphrase of vocabulary.prompt.paraphrases)
      for (const action of vocabulary.actions.slice(1)) {
        const prompt = `${paraphrase} ${vocabulary.prompt.question}`;
        assert.ok(names(prompt, action), `"${prompt}" does not ask for "${action}"`);
      }
  });

  it('words every observation in every paraphrase', () => {
    const batch = observations(vocabulary, [vocabulary.sets.of([]), ...someStates(vocabulary)]);
    for (let paraphrase = 0; paraphrase < vocabulary.prompt.paraphrases.length; paraphrase++)
      batch.masks.forEach((_, i) => {
        const prompt = promptOf(vocabulary, batch, i, paraphrase);
        const { traits, context } = phrasesOf(vocabulary, batch, i);
        for (const phrase of [...traits, ...context])
          assert.ok(prompt.includes(phrase), `"${prompt}" leaves out "${phrase}"`);
        assert.ok(!/\{(traits|contexts)\}/.test(prompt), `"${prompt}" has an empty place`);
      });
  });
}
