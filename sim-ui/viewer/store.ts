import { computed, type Signal, signal } from '@preact/signals';
import type { Frame } from '../frame.ts';
import type { Inspection } from '../protocol/agents.ts';
import type { Hello } from '../protocol/hello.ts';
import type { Point, RunInfo } from '../protocol/runs.ts';
import type { Found } from '../protocol/search.ts';
import type { Status } from '../protocol/status.ts';

/** How the viewer stands with the server. */
export const connection = signal<'connecting' | 'connected' | 'silent' | 'lost' | 'refused' | 'recording'>(
  'connecting',
);
/** When the server was lost; undefined while it is there. */
export const lostSince = signal<Date | undefined>(undefined);
/** Why the server has no town to show: another process plays it, which is out of reach; undefined while it has one. */
export const townAway = signal<string | undefined>(undefined);
/** What was lost when the server started again; until somebody has read it. */
export interface Restarted {
  readonly at: Date;
  readonly ticks: number;
  readonly policy: string;
  readonly seed: number;
}
export const restarted = signal<Restarted | undefined>(undefined);
/** The alarm that was read here. */
export const alarmRead = signal<string | undefined>(undefined);
/** Whether the page was given a token, right or wrong. */
export const hasToken = signal(false);
/** What the server refused last, or what went wrong here; shown until the next command succeeds. */
export const notice = signal<string | undefined>(undefined);
export const hello = signal<Hello | undefined>(undefined);
export const status = signal<Status | undefined>(undefined);
/** performance.now() at which the tick on show came about. */
export const shownSince = signal(0);
/** Points of the run that is played. */
export const presentPoints = signal<readonly Point[]>([]);
/** Points of other runs, as far as somebody wanted to see them. */
export const recalled = signal<ReadonlyMap<number, readonly Point[]>>(new Map());
/** Runs that are kept, the oldest first, and how many were let go. */
export const runs = signal<{ readonly kept: readonly RunInfo[]; readonly dropped: number }>({ kept: [], dropped: 0 });
/** The tick that is to be looked at; null for the present. */
export const looking = signal<{ readonly run: number; readonly tick: number } | null>(null);
/** Why a link that was opened cannot be shown; until something else is looked at. */
export const deadLink = signal<string | undefined>(undefined);
/** Runs that lie over the one on show on the charts. */
export const beside = signal<readonly number[]>([]);
/** Points of a run, as far as they are here. */
export const pointsOf = (run: number): readonly Point[] =>
  run === status.value?.run ? presentPoints.value : (recalled.value.get(run) ?? []);
/** The run on show: the present one, or the one that somebody looks back at. */
export const runOnShow = computed(() => status.value?.past?.run ?? status.value?.run ?? 0);
/** Points of the run on show. */
export const points = computed(() => pointsOf(runOnShow.value));
/** Point of the tick on show; of the present, the last that was played. */
export const pointOnShow = computed(() => (status.value?.past ? points.value[status.value.tick] : points.value.at(-1)));
export const frame = signal<Frame | undefined>(undefined);
/** Indices of the traits of each trait set of the run. */
export const people = signal<readonly (readonly number[])[]>([]);
export const inspection = signal<Inspection | null>(null);
/** The agents that were found last; null if nobody is looked for. */
export const found = signal<Found | null>(null);
/** The agent that is inspected here. */
export const selected = signal<number | null>(null);
/** Why there is no picture of the town, if there is none. */
export const noPicture = signal<string | undefined>(undefined);
/** Tick under the pointer on the charts. */
export const pointed = signal<number | null>(null);
/** What dots show: what agents did, P of an action, how far two policies lie apart, or a trait; some by their index. */
export type Colouring =
  | { readonly by: 'action' }
  | { readonly by: 'probability'; readonly action: number }
  | { readonly by: 'distance' }
  | { readonly by: 'trait'; readonly trait: number };
export const colouring = signal<Colouring>({ by: 'action' });
/** The measure on the charts, by its index. */
export const measured = signal(0);

/**
 * Whether commands are obeyed now. While the server does not hear them there is nothing to press, so that none is
 * obeyed late.
 */
export const control = computed(() => connection.value === 'connected' && (hello.value?.control ?? false));

/** Whether the run plays, as far as anybody can know: a server that is not heard of plays nothing. */
export const playing = computed(() => connection.value === 'connected' && (status.value?.playing ?? false));

const DARK = '(prefers-color-scheme: dark)';
/** Dark or light, as the system wants it. */
export const dark = mediaSignal(DARK);
export const still = mediaSignal('(prefers-reduced-motion: reduce)');

function mediaSignal(query: string): Signal<boolean> {
  const list = matchMedia(query);
  const now = signal(list.matches);
  list.addEventListener('change', ({ matches }) => {
    now.value = matches;
  });
  return now;
}

/** The actions of the scenario, each with its colour on the ground of the moment. */
export const actions = computed(() =>
  (hello.value?.scenario.actions ?? []).map(({ colour, ...action }) => ({
    ...action,
    colour: dark.value ? colour.dark : colour.light,
  })),
);

/** Red, green and blue, each from 0 to 1. */
export type Channels = readonly [number, number, number];

/** A colour of the style sheet, by its custom property, as 0–1 channels. */
export const colour = (property: string): Channels => channelsOf(cssColour(property));

/** #rrggbb as 0–1 channels. */
export function channelsOf(text: string): Channels {
  const hex = Number.parseInt(text.slice(1), 16);
  return [(hex >> 16) / 255, ((hex >> 8) & 255) / 255, (hex & 255) / 255];
}

/** A list that is asked between a change and its event never tells of it: one to ask, beside the one that tells. */
const darkNow = matchMedia(DARK);
const known = { light: new Map<string, string>(), dark: new Map<string, string>() };

/** A colour of the style sheet as it is written there. Asked for once in each scheme: to ask computes the page's styles. */
export function cssColour(property: string): string {
  const asked = known[darkNow.matches ? 'dark' : 'light'];
  const colour = asked.get(property) ?? getComputedStyle(document.documentElement).getPropertyValue(property).trim();
  asked.set(property, colour);
  return colour;
}

/** Moves when the picture of the agents is to be drawn again though nothing has changed in it. */
export const redraw = signal(0);
