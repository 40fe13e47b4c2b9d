import { UnderstudyError } from '../../env/error.ts';
import { brokenBy } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { suggestion } from '../../env/suggestion.ts';
import { hasDynamics, requireDynamics } from '../../env/vocabulary.ts';
import { hashOfScenario } from '../../sim/snapshot.ts';

/** One of the two things that a claim contrasts: a world in which a population lives, or phrases that people are asked with. */
export type AuditSide =
  | { readonly name: string; readonly scenario: Vocabulary }
  | { readonly name: string; readonly phrases: readonly string[] };

/** What a claim is about: the mean of an action's probability, its share of the decisions, or a measure or the reward per agent. */
export interface AuditOutcome {
  readonly kind: 'probability' | 'share' | 'measure';
  readonly name: string;
}

/** Which way the outcome should go from A to B. */
export const directions = ['more', 'less'] as const;
export type Direction = (typeof directions)[number];

const wrong = (message: string) => new UnderstudyError('SIMULATION_ARGUMENT', message);

/** Phrases that stand on a side of a contrast, as their indices; undefined of a world. */
export interface PhraseSide {
  readonly traits: readonly number[];
  readonly contexts: readonly number[];
}

/**
 * The outcome of a name: a measure, `reward`, an action (its share), or `p:ACTION` (the mean of its probability).
 * @param asked whether people are asked and nobody acts
 * @throws {UnderstudyError} SIMULATION_ARGUMENT naming the outcomes that there are
 */
export function outcomeOf(scenario: Vocabulary, name: string, asked: boolean): AuditOutcome {
  const { id, actions } = scenario;
  const measures = hasDynamics(scenario) ? [...Object.keys(scenario.measures), 'reward'] : [];
  const probability = name.startsWith('p:') ? name.slice('p:'.length) : undefined;
  if (probability !== undefined && actions.includes(probability)) return { kind: 'probability', name: probability };
  if (!asked && measures.includes(name)) return { kind: 'measure', name };
  if (actions.includes(name)) return { kind: asked ? 'probability' : 'share', name };
  if (asked && measures.includes(name))
    throw wrong(
      `${name} is a measure of ${id}, and contexts are contrasted by what people are asked: take ${actions.slice(1).map((action) => `p:${action}`).join(', ')}, or contrast two settings`, // biome-ignore format: one line
    );
  const known = [...(asked ? [] : measures), ...actions, ...actions.map((action) => `p:${action}`)];
  const near = suggestion(name, known);
  throw wrong(
    `${id} has no outcome "${name}" (${asked ? '' : `measures: ${measures.join(', ') || 'none'}; `}actions, as shares: ${actions.join(', ')}; their mean probabilities: ${actions.map((action) => `p:${action}`).join(', ')})${near ? `; did you mean ${near}?` : ''}`,
  );
}

/**
 * The phrases of both sides; undefined if both are worlds.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for sides that cannot be contrasted: of two kinds, equal, with phrases that are
 *   not known or conflict, or worlds of other words
 */
export function contrastOf(
  scenario: Vocabulary,
  a: AuditSide,
  b: AuditSide,
): readonly [PhraseSide, PhraseSide] | undefined {
  if ('phrases' in a !== 'phrases' in b)
    throw wrong(`${a.name} and ${b.name} cannot be contrasted: one is a world, the other a list of phrases`);
  if ('phrases' in a && 'phrases' in b) {
    const sides = [phraseSide(scenario, a.phrases), phraseSide(scenario, b.phrases)] as const;
    if (JSON.stringify(sides[0]) === JSON.stringify(sides[1])) throw empty(a, b);
    return sides;
  }
  const [one, other] = [a, b].map((side) => requireDynamics((side as { scenario: Vocabulary }).scenario, 'a contrast of two worlds')); // biome-ignore format: one line
  const words = ({ phrases, actions, traits }: Vocabulary) => JSON.stringify([phrases, actions, traits]);
  if (words(one!) !== words(other!))
    throw wrong(`${a.name} and ${b.name} have other phrases or actions: one wording cannot be about both`);
  const whole = ({ prompt, parameters }: Vocabulary) => JSON.stringify([prompt, parameters]);
  if (hashOfScenario(one!) === hashOfScenario(other!) && whole(one!) === whole(other!)) throw empty(a, b);
  return undefined;
}

const empty = (a: AuditSide, b: AuditSide) =>
  wrong(`the contrast is empty: ${a.name} and ${b.name} are the same; give two sides that differ`);

function phraseSide(scenario: Vocabulary, names: readonly string[]): PhraseSide {
  const { id, phrases, traits, sets } = scenario;
  const indices = names.map((name) => {
    const i = phrases.indexOf(name);
    if (i >= 0) return i;
    const near = suggestion(name, phrases);
    throw wrong(
      `${id} has no phrase "${name}" (contexts: ${scenario.contexts.join(', ') || 'none'}; traits: ${traits.join(', ') || 'none'})${near ? `; did you mean "${near}"?` : ''}`,
    );
  });
  const broken = brokenBy(scenario, sets.of(indices));
  if (broken) throw wrong(`"${phrases[broken[0]]}" and "${phrases[broken[1]]}" cannot hold together in ${id}`);
  for (const { name, kind, phrases: members } of scenario.groups)
    if (kind === 'contexts' && !members.some((member) => indices.includes(member)))
      throw wrong(
        `one phrase of the contexts "${name}" always holds in ${id}: name one on both sides, such as "${[...names, phrases[members[0]!]!].join(' + ')}"`,
      );
  const ascending = indices.toSorted((a, b) => a - b);
  return {
    traits: ascending.filter((i) => i < traits.length),
    contexts: ascending.filter((i) => i >= traits.length),
  };
}
