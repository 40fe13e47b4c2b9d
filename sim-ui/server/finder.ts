import type { Found, Search } from '../protocol/search.ts';
import { clamp } from '../protocol/values.ts';
import type { Condition, Query } from '../query.ts';
import type { Shown, View } from './shown.ts';

/** Rows of a page of the table. */
export const PAGE = 100;

/** A search may take this share of the server's time, all viewers together. */
const SHARE = 0.2;

/** Searches of one picture that are kept, the latest. */
const KEPT = 16;

/** Who of a picture is looked for. */
interface Marked {
  readonly count: number;
  /** Bit i & 7 of byte i >> 3 is agent i. */
  readonly bits: Uint8Array<ArrayBuffer>;
}

/**
 * Finds agents in the picture that a viewer looks at. What decides is the same for all who see the same, so that a search
 * costs a look at each agent's columns; one that costs much is made again only after a rest, whoever asks.
 */
export class Finder {
  readonly #now: () => number;
  readonly #marked = new WeakMap<Shown, Map<string, Marked>>();
  #rested = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Milliseconds until the next search is made; 0 if it is made at once. */
  get rest(): number {
    return Math.max(0, this.#rested - this.#now());
  }

  /** Who matches, how many they are, and a page of them in the order that is wanted. */
  find(view: View, search: Search): Found {
    const began = this.#now();
    const { shown } = view;
    const problem = problemOf(view, search.query);
    const key = JSON.stringify(search.query);
    const known = this.#marked.get(shown) ?? new Map<string, Marked>();
    this.#marked.set(shown, known);
    const marked = known.get(key) ?? mark(view, search.query);
    known.delete(key);
    known.set(key, marked);
    if (known.size > KEPT) known.delete(known.keys().next().value!);
    const agents = pageOf(view, marked, search);
    const found: Found = {
      id: search.id,
      run: view.run,
      tick: shown.tick,
      count: marked.count,
      offset: search.offset,
      rows: agents.map((agent) => rowOf(view, agent)),
      ...(search.query.length > 0 && { bits: marked.bits }),
      ...(problem && { problem }),
    };
    const took = this.#now() - began;
    this.#rested = began + took / SHARE;
    return found;
  }
}

/** What a search asks that the picture cannot tell. */
function problemOf({ shown }: View, query: Query): string | undefined {
  if (shown.played || !query.some(({ is }) => is === 'did' || is === 'p')) return undefined;
  return 'The tick on show is not played yet: nobody has done anything in it.';
}

/** Whether any of the conditions of a kind holds, if there are any that say so, and none that is not to hold. */
const anyOf = (conditions: readonly { readonly at: number; readonly not: boolean }[], size: number): Uint8Array => {
  const wanted = conditions.filter(({ not }) => !not);
  const holds = new Uint8Array(size).fill(wanted.length === 0 ? 1 : 0);
  for (const { at } of wanted) holds[at] = 1;
  for (const { at, not } of conditions) if (not) holds[at] = 0;
  return holds;
};

function mark(view: View, query: Query): Marked {
  const { shown, scenario, agents } = view;
  const bits = new Uint8Array(Math.ceil(agents / 8));
  const rows = Uint8Array.from(shown.distinct, (mask, row) => (observed(view, mask, row, query) ? 1 : 0));
  const places = anyOf(
    query.flatMap((c) => (c.is === 'place' ? [{ at: c.place, not: c.not }] : [])),
    256,
  );
  const actions = anyOf(
    query.flatMap((c) => (c.is === 'did' ? [{ at: c.action, not: c.not }] : [])),
    Math.max(scenario.actions.length, 1),
  );
  const acted = query.some(({ is }) => is === 'did') ? (shown.actions ?? null) : undefined;
  const numbers = query.flatMap((c) => (c.is === 'agent' ? [c.agent] : []));
  let count = 0;
  const look = (agent: number) => {
    if (!rows[shown.observed[agent]!] || !places[shown.places[agent]!]) return;
    if (acted && !actions[acted[agent]!]) return;
    bits[agent >> 3]! |= 1 << (agent & 7);
    count++;
  };
  // Before a tick is played nobody has done anything.
  if (acted !== null) {
    if (numbers.length > 0) for (const agent of new Set(numbers)) agent < agents && look(agent);
    else for (let agent = 0; agent < agents; agent++) look(agent);
  }
  return { count, bits };
}

/** Whether what a row of observations says for itself is what is looked for. */
const observed = (view: View, mask: number, row: number, query: Query): boolean =>
  query.every((condition) => {
    const { sets, traits } = view.scenario;
    if (condition.is === 'trait') return sets.holds(mask, condition.trait) !== condition.not;
    if (condition.is === 'context') return sets.holds(mask, traits.length + condition.context) !== condition.not;
    if (condition.is === 'p') return compares(condition, view.shown.probability?.(row, condition.action));
    return true;
  });

/** False for a P that is not there. */
function compares({ relation, value }: Extract<Condition, { is: 'p' }>, p = Number.NaN): boolean {
  if (relation === '<') return p < value;
  if (relation === '<=') return p <= value;
  return relation === '>' ? p > value : p >= value;
}

/** The agents of a page, in the order that is wanted; those with the same P by their number. */
function pageOf({ shown, agents }: View, { bits, count }: Marked, { offset, sort, descending }: Search): number[] {
  const size = Math.max(0, Math.min(PAGE, count - offset));
  if (size === 0) return [];
  const has = (agent: number) => (bits[agent >> 3]! >> (agent & 7)) & 1;
  const { probability } = shown;
  if (sort.by === 'number' || !probability) {
    const page: number[] = [];
    let passed = 0;
    for (let i = 0; i < agents && page.length < size; i++) {
      const agent = descending ? agents - 1 - i : i;
      if (has(agent) && passed++ >= offset) page.push(agent);
    }
    return page;
  }
  // Whoever observes the same has the same P: observations are put in order, then only those are gone through that are
  // on the page.
  const inRow = new Uint32Array(shown.distinct.length);
  for (let agent = 0; agent < agents; agent++) if (has(agent)) inRow[shown.observed[agent]!]!++;
  const ps = Float64Array.from(shown.distinct, (_, row) => probability(row, sort.action));
  const sign = descending ? -1 : 1;
  // Who has no P comes last, either way.
  const place = (row: number) => (Number.isNaN(ps[row]!) ? Number.POSITIVE_INFINITY : sign * ps[row]!);
  const rows = [...inRow.keys()].filter((row) => inRow[row]! > 0).sort((a, b) => compare(place(a), place(b)));
  const same: { readonly from: number; readonly p: number }[] = [];
  const level = new Int32Array(shown.distinct.length).fill(-1);
  let total = 0;
  let first = 0;
  for (const row of rows) {
    if (same.at(-1)?.p !== place(row)) same.push({ from: total, p: place(row) });
    level[row] = same.length - 1;
    total += inRow[row]!;
  }
  while (first + 1 < same.length && same[first + 1]!.from <= offset) first++;
  let last = first;
  while (last + 1 < same.length && same[last + 1]!.from < offset + size) last++;
  const byLevel = Array.from({ length: last - first + 1 }, (): number[] => []);
  const enough = offset + size;
  for (let agent = 0; agent < agents; agent++) {
    const at = has(agent) ? level[shown.observed[agent]!]! : -1;
    if (at < first || at > last) continue;
    // Who comes after the page is not kept.
    const list = byLevel[at - first]!;
    if (same[at]!.from + list.length < enough) list.push(agent);
  }
  return byLevel.flat().slice(offset - same[first]!.from, offset - same[first]!.from + size);
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

function rowOf({ shown, scenario }: View, agent: number): Found['rows'][number] {
  const row = shown.observed[agent]!;
  const mask = shown.distinct[row]!;
  const phrases = scenario.sets.indices(mask);
  const { length } = scenario.traits;
  const p = shown.probability && scenario.actions.map((_, action) => shown.probability!(row, action));
  return {
    agent,
    place: shown.places[agent]!,
    traits: phrases.filter((phrase) => phrase < length),
    contexts: phrases.filter((phrase) => phrase >= length).map((phrase) => phrase - length),
    ...(shown.actions && { action: shown.actions[agent]! }),
    p: !p || p.some(Number.isNaN) ? null : p.map(clamp),
  };
}

/** @throws {RangeError} for a search about words that the world does not have */
export function requireKnown({ query, sort }: Search, { scenario }: View, places: number): void {
  const { traits, contexts, actions } = scenario;
  if (sort.by === 'p' && sort.action >= actions.length)
    throw new RangeError(`unknown action: ${sort.action} of ${actions.length}`);
  const sizes = {
    trait: traits.length,
    context: contexts.length,
    place: places,
    did: actions.length,
    p: actions.length,
  };
  for (const condition of query) {
    if (condition.is === 'agent') continue;
    const at =
      condition.is === 'trait'
        ? condition.trait
        : condition.is === 'context'
          ? condition.context
          : condition.is === 'place'
            ? condition.place
            : condition.action;
    if (at >= sizes[condition.is]) throw new RangeError(`unknown ${condition.is}: ${at} of ${sizes[condition.is]}`);
  }
}
