import { z } from 'zod';
import { suggestion } from '../env/suggestion.ts';
import type { Hello } from './protocol/hello.ts';

/** What a search can be about: the words of a world. */
export type Words = Pick<Hello['scenario'], 'traits' | 'contexts' | 'places' | 'actions'>;

const index = z.int().nonnegative();

/** How a P can be compared. */
export const relations = ['<', '<=', '>', '>='] as const;
export type Relation = (typeof relations)[number];

const conditionSchema = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('trait'), trait: index, not: z.boolean() }),
  z.strictObject({ is: z.literal('context'), context: index, not: z.boolean() }),
  z.strictObject({ is: z.literal('place'), place: index, not: z.boolean() }),
  z.strictObject({ is: z.literal('did'), action: index, not: z.boolean() }),
  z.strictObject({ is: z.literal('p'), action: index, relation: z.enum(relations), value: z.number().min(0).max(1) }),
  z.strictObject({ is: z.literal('agent'), agent: index }),
]);
export type Condition = z.infer<typeof conditionSchema>;

/** The most conditions of a search. */
export const MOST_CONDITIONS = 20;

/**
 * What agents are looked for. All conditions hold; of several places, actions or agents, any of them. A P is compared as a
 * frame has it, in 254 steps.
 */
export const querySchema = z.array(conditionSchema).max(MOST_CONDITIONS);
export type Query = z.infer<typeof querySchema>;

/** Raised for a search that cannot be understood; its message is for people. */
export class QueryError extends Error {}

/** Words before a colon, with what they are about. */
export const KEYS = ['trait', 'context', 'place', 'did', 'agent'] as const;
type Key = (typeof KEYS)[number];

/** The words that can follow a key. */
export function wordsAfter(key: Key, { traits, contexts, places, actions }: Words): readonly string[] {
  switch (key) {
    case 'trait':
      return traits;
    case 'context':
      return contexts;
    case 'place':
      return places.map(({ name }) => name).filter((name) => name !== '');
    case 'did':
      return actions.map(({ name }) => name);
    case 'agent':
      return [];
  }
}

/** A piece of a search as it is typed: what stands between spaces outside of quotes. */
export interface Token {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

export const tokensOf = (text: string): Token[] =>
  [...text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)].map(({ 0: token, index: from }) => ({
    ...{ text: token, from },
    to: from + token.length,
  }));

/**
 * A search that somebody typed, such as `trait:"in a hurry" -place:park did:walk p>0.5 p(walk)<=.9 42`.
 * @throws {QueryError} naming what is known and what was probably meant
 */
export function parseQuery(text: string, words: Words): Query {
  const query = tokensOf(text).map(({ text: token }) => conditionOf(token, words));
  if (query.length > MOST_CONDITIONS)
    throw new QueryError(`${query.length} conditions; a search has at most ${MOST_CONDITIONS}`);
  return query;
}

function conditionOf(token: string, words: Words): Condition {
  const probability = /^p(?:\((.*)\))?(<=|>=|<|>)(.*)$/is.exec(token);
  if (probability) return probabilityOf(probability, words);
  const [, minus, before, rest] = /^(-?)(\w+):(.*)$/s.exec(token) ?? [];
  if (before === undefined) return bareWord(token, words);
  const key = before.toLowerCase();
  const not = minus === '-';
  const name = unquoted(rest!);
  const at = (kind: Exclude<Key, 'agent'>) => find(kind === 'did' ? 'action' : kind, name, wordsAfter(kind, words));
  switch (key) {
    case 'trait':
      return { is: 'trait', trait: at('trait'), not };
    case 'context':
      return { is: 'context', context: at('context'), not };
    case 'place':
      return { is: 'place', place: placeAt(name, words), not };
    case 'did':
      return { is: 'did', action: actionAt(name, words), not };
    case 'agent':
      if (/^\d{1,10}$/.test(name)) return { is: 'agent', agent: Number(name) };
      throw new QueryError(`an agent is a whole number, got "${name}"`);
    default: {
      const near = suggestion(key, KEYS);
      throw new QueryError(
        `unknown filter: ${key} (known: ${KEYS.join(', ')}, p)${near ? `; did you mean ${near}?` : ''}`,
      );
    }
  }
}

function probabilityOf([, action, relation, number]: RegExpExecArray, words: Words): Condition {
  const { actions } = words;
  if (action === undefined && actions.length > 2)
    throw new QueryError(`P of which action? Such as p(${actions[1]!.name})${relation}${number}`);
  const value = Number(number);
  if (number!.trim() === '' || !(value >= 0 && value <= 1))
    throw new QueryError(`P is compared with a number from 0 to 1, got "${number}"`);
  return {
    is: 'p',
    action: action === undefined ? actions.length - 1 : actionAt(unquoted(action), words),
    relation: relation as Relation,
    value,
  };
}

/** A number is an agent; a phrase, a place or an action by its whole name needs no key. */
function bareWord(token: string, words: Words): Condition {
  const name = unquoted(token);
  if (/^\d{1,10}$/.test(name)) return { is: 'agent', agent: Number(name) };
  for (const key of ['trait', 'context', 'place', 'did'] as const)
    if (indexOf(name, wordsAfter(key, words)) >= 0) return conditionOf(`${key}:${quoted(name)}`, words);
  const everything = (['trait', 'context', 'place', 'did'] as const).flatMap((key) =>
    wordsAfter(key, words).map((word) => ({ key, word })),
  );
  const near = suggestion(
    name,
    everything.map(({ word }) => word),
  );
  const meant = everything.find(({ word }) => word === near);
  throw new QueryError(
    `"${name}" is not understood: write ${KEYS.slice(0, 4)
      .map((key) => `${key}:…`)
      .join(', ')}, p>0.5 or an agent's number${meant ? `; did you mean ${meant.key}:${quoted(meant.word)}?` : ''}`,
  );
}

const indexOf = (name: string, known: readonly string[]): number =>
  known.findIndex((word) => word.toLowerCase() === name.toLowerCase());

function find(kind: string, name: string, known: readonly string[]): number {
  const at = indexOf(name, known);
  if (at >= 0) return at;
  const near = suggestion(name, known);
  const list = known.length > 12 ? `${known.slice(0, 12).join(', ')}, …` : known.join(', ');
  throw new QueryError(
    near
      ? `unknown ${kind}: "${name}", did you mean "${near}"?`
      : `unknown ${kind}: "${name}" (known: ${list || 'none'})`,
  );
}

function placeAt(name: string, { places }: Words): number {
  const labelled = indexOf(
    name,
    places.map(({ label }) => label),
  );
  const named = places.map((place) => place.name);
  if (named.length === 1 && named[0] === '') throw new QueryError('this world has no places to look in');
  return indexOf(name, named) < 0 && labelled >= 0 ? labelled : find('place', name, named);
}

function actionAt(name: string, { actions }: Words): number {
  const did = indexOf(
    name,
    actions.map((action) => action.did),
  );
  const named = actions.map((action) => action.name);
  return indexOf(name, named) < 0 && did >= 0 ? did : find('action', name, named);
}

const unquoted = (text: string): string => text.replaceAll('"', '').trim();

/** A word as it stands in a search. */
export const quoted = (word: string): string => (/^[^\s":]+$/.test(word) ? word : `"${word}"`);

/** A condition as it would be typed. */
export function conditionText(condition: Condition, { traits, contexts, places, actions }: Words): string {
  const minus = 'not' in condition && condition.not ? '-' : '';
  switch (condition.is) {
    case 'trait':
      return `${minus}trait:${quoted(traits[condition.trait] ?? '')}`;
    case 'context':
      return `${minus}context:${quoted(contexts[condition.context] ?? '')}`;
    case 'place':
      return `${minus}place:${quoted(places[condition.place]?.name ?? '')}`;
    case 'did':
      return `${minus}did:${quoted(actions[condition.action]?.name ?? '')}`;
    case 'p':
      return `p(${actions[condition.action]?.name})${condition.relation}${condition.value}`;
    case 'agent':
      return `agent:${condition.agent}`;
  }
}

export const queryText = (query: Query, words: Words): string =>
  query.map((condition) => conditionText(condition, words)).join(' ');
