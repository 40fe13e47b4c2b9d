import { computed, effect, signal } from '@preact/signals';
import { csvText } from '../../workspace/csv.ts';
import type { Life, Lived } from '../protocol/agents.ts';
import { life as askForLife } from './ask.ts';
import { ticksOf } from './runs.tsx';
import { pane } from './search.ts';
import { actions, connection, hello, runOnShow, runs, selected } from './store.ts';

/** What the selected agent saw and did in the run on show, from its first tick on, as far as it is here. */
export interface Story {
  readonly run: number;
  readonly agent: number;
  readonly traits: readonly string[];
  readonly ticks: readonly Lived[];
  readonly problem?: string;
}
export const story = signal<Story | undefined>(undefined);

/** Ticks of the run on show that were played. */
export const played = computed(() => {
  const info = runs.value.kept.find(({ run }) => run === runOnShow.value);
  return info ? ticksOf(info) : 0;
});

/** Where a page without a server has the lives of its agents. */
export const recordedLife = signal<((agent: number) => Life) | undefined>(undefined);

/** A run that goes on is asked about no more often than this. */
const REST_MS = 700;

/** Reads the selected agent's life while somebody looks at it: page after page, then each tick as it comes. Called once. */
export function followLife(): void {
  const underWay = signal(false);
  effect(() => {
    const [run, agent] = [runOnShow.value, selected.value];
    if (pane.value !== 'history' || agent === null) return;
    const here = story.value?.run === run && story.value.agent === agent ? story.value : undefined;
    if (!here) {
      const all = recordedLife.value?.(agent);
      story.value = { run, agent, traits: [], ticks: [], ...all };
      return;
    }
    const from = here.ticks.length;
    if (connection.value !== 'connected' || underWay.value || from >= played.value || here.problem) return;
    underWay.value = true;
    const began = performance.now();
    const still = () => story.peek()?.run === run && story.peek()?.agent === agent;
    askForLife({ run, agent, from })
      .then(
        ({ traits, ticks }) => {
          const now = story.peek()!;
          if (still() && now.ticks.length === from)
            story.value = { run, agent, traits, ticks: [...now.ticks, ...ticks] };
        },
        (error: Error) => {
          if (still()) story.value = { ...story.peek()!, problem: error.message };
        },
      )
      .finally(() => {
        const behind = played.peek() - (story.peek()?.ticks.length ?? 0);
        const rest = behind > 1 ? 0 : REST_MS - (performance.now() - began);
        window.setTimeout(() => (underWay.value = false), Math.max(0, rest));
      });
  });
  // Another start of the server has other runs under the same numbers.
  let boot: string | undefined;
  effect(() => {
    const now = hello.value?.boot;
    if (boot !== undefined && now !== boot) story.value = undefined;
    boot = now;
  });
}

/** Asks again after a failure. */
export function readAgain(): void {
  const now = story.peek();
  if (now) story.value = { run: now.run, agent: now.agent, traits: now.traits, ticks: now.ticks };
}

/** A life as a table with a header: a row a tick, a column for each action's P and each of the agent's own factors. */
export function storyTable({ run, agent, traits, ticks }: Story): string {
  const perDay = hello.peek()?.scenario.ticksPerDay ?? 1;
  const names = actions.peek().map(({ name }) => name);
  const factors = Object.keys(ticks[0]?.state ?? {});
  const header = [
    ...['run', 'agent', 'tick', 'day', 'policy', 'action'],
    ...names.map((name) => `p_${name}`),
    ...['traits', 'context', ...factors],
  ];
  const rows = ticks.map(({ tick, policy, action, p, context, state }) => [
    ...[run + 1, agent, tick, Math.floor(tick / perDay) + 1, policy, names[action]],
    ...names.map((_, a) => p?.[a]),
    ...[traits.join('; '), context.join('; '), ...factors.map((factor) => state[factor])],
  ]);
  return csvText([header, ...rows]);
}
