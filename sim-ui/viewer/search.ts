import { computed, effect, signal } from '@preact/signals';
import type { Search } from '../protocol/search.ts';
import { parseQuery, type Query, QueryError } from '../query.ts';
import { socket } from './connection.ts';
import { connection, found, hello, notice, selected, status } from './store.ts';

/** What stands beside the town. */
export const pane = signal<'inspector' | 'table' | 'history'>('inspector');

/** The search as it stands in its box, and as it was last taken up. */
export const typed = signal('');
const taken = signal('');

/** How the table is ordered, and where its page begins. */
export const order = signal<Pick<Search, 'sort' | 'descending'>>({ sort: { by: 'number' }, descending: false });
export const offset = signal(0);

interface Understood {
  readonly query: Query;
  readonly problem?: string;
}

const understand = (text: string): Understood => {
  if (!hello.value) return { query: [] };
  try {
    return { query: parseQuery(text, hello.value.scenario) };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { query: [], problem: error.message };
  }
};

/** What the search that was taken up means, or why it means nothing. */
export const understood = computed(() => understand(taken.value));

/** Whether somebody is looked for. */
export const searching = computed(() => understood.value.query.length > 0);

/** Takes the search up; with `tentative` only if it can be understood, since somebody may still be typing. */
export function search(text: string, tentative = false): void {
  typed.value = text;
  if (tentative && understand(text).problem !== undefined) return;
  if (taken.value === text) return;
  offset.value = 0;
  taken.value = text;
}

/** Numbers of searches, so that an answer is known by its question. */
let asked = 0;

/** What is to be looked for now: for the box, the table, or nothing. */
const wanted = computed((): Search | null => {
  const { query } = understood.value;
  if (query.length === 0 && pane.value !== 'table') return null;
  return { id: ++asked, query, offset: offset.value, ...order.value };
});

/** Whether the count of a search was read out. */
export const announced = signal('');

/** Keeps the server told of what is looked for. Called once. */
export function lookForAgents(): void {
  effect(() => {
    const now = wanted.value;
    if (hello.value && connection.value === 'connected') tell(now);
    if (now === null) found.value = null;
  });
  // One sentence a search: its number of agents changes with every tick.
  let told: Query | undefined;
  effect(() => {
    const { query } = understood.value;
    const now = found.value;
    if (query.length === 0) {
      announced.value = '';
      told = undefined;
    } else if (now && now.id === wanted.peek()?.id && told !== query) {
      told = query;
      announced.value = now.count === 1 ? '1 agent found' : `${now.count} agents found`;
    }
  });
  // Whoever is picked in the town is looked at.
  effect(() => {
    if (selected.value !== null && !pickedInTable && pane.peek() === 'table') pane.value = 'inspector';
    pickedInTable = false;
  });
}

let pickedInTable = false;
/** Picks an agent and stays where it was picked. */
export function pick(agent: number, inspect: (agent: number) => void): void {
  pickedInTable = selected.peek() !== agent;
  inspect(agent);
}

function tell(now: Search | null): void {
  socket.emit('find', { search: now }, (reply) => {
    if (!reply.ok) notice.value = reply.message;
  });
}

/** Agents that a ring is drawn around when they are found: more rings than these would hide who is in them. */
const RINGED = 40;

/** Those who are found, if they are so few that they might be overlooked among others. */
export const foundFew = computed((): readonly number[] => {
  const bits = foundBits.value;
  const count = found.value?.count ?? 0;
  if (!bits || count === 0 || count > RINGED) return [];
  const agents: number[] = [];
  bits.forEach((byte, at) => {
    for (let bit = 0; byte >> bit; bit++) if ((byte >> bit) & 1) agents.push(8 * at + bit);
  });
  return agents;
});

/** Who is found in the picture, as bits; undefined if everybody is to be seen alike. */
export const foundBits = computed((): Uint8Array | undefined => {
  const now = found.value;
  if (!searching.value || !now?.bits || now.run !== (status.value?.past?.run ?? status.value?.run)) return undefined;
  return now.bits instanceof Uint8Array ? now.bits : new Uint8Array(now.bits);
});
