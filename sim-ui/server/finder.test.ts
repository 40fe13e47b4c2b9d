import { afterEach, describe, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import type { Found, Search } from '../protocol/search.ts';
import { parseQuery } from '../query.ts';
import { Finder, PAGE } from './finder.ts';
import { helloOf } from './hello.ts';
import { Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

const AGENTS = 700;
const open = async (ticks: number) => {
  stage = await Stage.open({ scenario: iceCream, agents: AGENTS, seed: 7, policy: 'oracle', teacher: 'oracle' });
  for (let tick = 0; tick < ticks; tick++) await stage.run.advance(new AbortController().signal);
};
const words = () => helloOf(stage.run, { version: '', boot: '', control: false, adjustable: false }).scenario;
const searchFor = (text: string, more: Partial<Search> = {}): Search => ({
  ...{ id: 1, query: parseQuery(text, words()), offset: 0, sort: { by: 'number' }, descending: false },
  ...more,
});
const find = (text: string, more?: Partial<Search>): Found => new Finder().find(stage.run, searchFor(text, more));
const marked = ({ bits }: Found) =>
  Array.from({ length: AGENTS }, (_, agent) => agent).filter(
    (agent) => ((bits as Uint8Array)[agent >> 3]! >> (agent & 7)) & 1,
  );

/** Everybody, one by one, as the inspector tells of them. */
function everybody() {
  const { shown, scenario } = stage.run;
  const { places } = words();
  return Array.from({ length: AGENTS }, (_, agent) => {
    const mask = shown.masks[agent]!;
    return {
      agent,
      holds: (phrase: string) => scenario.sets.holds(mask, scenario.phrases.indexOf(phrase)),
      place: places[shown.places[agent]!]!.name,
      did: shown.actions && scenario.actions[shown.actions[agent]!]!,
      p: shown.decidedBy?.policy.probability(mask, 1) ?? Number.NaN,
    };
  });
}
type Person = ReturnType<typeof everybody>[number];

describe('the finder', () => {
  it('finds whom one finds who looks at everybody', async () => {
    await open(6);
    const { traits, contexts, places } = words();
    const [trait, context, place, other] = [traits[0]!, contexts[3]!, places[0]!.name, places[1]!.name];
    const cases: [string, (person: Person) => boolean][] = [
      [`trait:"${trait}"`, ({ holds }) => holds(trait)],
      [`-trait:"${trait}" place:${place}`, (person) => !person.holds(trait) && person.place === place],
      [`place:${place} place:${other}`, (person) => [place, other].includes(person.place)],
      [`-place:${place} did:buy`, (person) => person.place !== place && person.did === 'buy'],
      [`context:"${context}" p>=0.2 p<0.7`, ({ holds, p }) => holds(context) && p >= 0.2 && p < 0.7],
      ['-did:buy p>0.3', ({ did, p }) => did !== 'buy' && p > 0.3],
      ['3 699 5', ({ agent }) => [3, 5, 699].includes(agent)],
      ['700', () => false],
    ];
    for (const [text, matches] of cases) {
      const expected = everybody()
        .filter(matches)
        .map(({ agent }) => agent);
      const found = find(text);
      expect([text, found.count, marked(found)]).toEqual([text, expected.length, expected]);
      expect(found.rows.map(({ agent }) => agent)).toEqual(expected.slice(0, PAGE));
    }
    expect(find('').bits).toBeUndefined();
    expect(find('').count).toBe(AGENTS);
  });

  it('pages through everybody by P, each once, those with the same P by their number', async () => {
    await open(3);
    const sort = { by: 'p', action: 1 } as const;
    const people = everybody();
    for (const descending of [false, true]) {
      const expected = [...people]
        .sort((a, b) => (descending ? b.p - a.p : a.p - b.p) || a.agent - b.agent)
        .map(({ agent }) => agent);
      const pages = Array.from({ length: 8 }, (_, i) => find('', { sort, descending, offset: i * PAGE }).rows);
      expect(pages.flat().map(({ agent }) => agent)).toEqual(expected);
      const odd = find('did:buy', { sort, descending, offset: 7 }).rows.map(({ agent }) => agent);
      const buyers = expected.filter((agent) => people[agent]!.did === 'buy');
      expect(odd).toEqual(buyers.slice(7, 7 + PAGE));
    }
    expect(find('', { offset: 650, descending: true }).rows.map(({ agent }) => agent)).toEqual(
      Array.from({ length: 50 }, (_, i) => 49 - i),
    );
    expect(find('', { offset: 9999 }).rows).toEqual([]);
    const [row] = find('5').rows;
    const person = everybody()[5]!;
    expect(row!.traits.map((trait) => words().traits[trait])).toEqual(words().traits.filter(person.holds));
    expect(row!.contexts.map((context) => words().contexts[context])).toEqual(words().contexts.filter(person.holds));
    expect(row!.p![1]).toBe(person.p);
  });

  it('finds nobody by what was done before anything was, and says why', async () => {
    await open(0);
    expect(find('did:buy')).toMatchObject({ count: 0, problem: expect.stringContaining('not played yet') });
    expect(find('p>=0').count).toBe(0);
    expect(find('trait:"likes sweets"').problem).toBeUndefined();
  });

  it('tells a viewer once for each picture, rests after a costly search, and refuses words that are not there', async () => {
    await open(1);
    let now = 0;
    const finder = new Finder(() => (now += 10));
    finder.find(stage.run, searchFor(''));
    expect(finder.rest).toBeGreaterThan(10);

    const session = stage.enter();
    expect(session.compose().update.found).toBeUndefined();
    session.find(searchFor('did:buy'));
    expect(session.compose().update.found).toMatchObject({ id: 1, tick: 0 });
    expect(session.compose().update.found).toBeUndefined();
    session.find(null);
    expect(session.compose().update.found).toBeNull();
    expect(session.compose().update.found).toBeUndefined();
    const wrong = [{ is: 'place' as const, place: 99, not: false }];
    expect(() => session.find({ ...searchFor(''), query: wrong })).toThrow('unknown place: 99');
    stage.leave(session);
  });
});
