import { batch, effect } from '@preact/signals';
import type { Inspection, Life } from '../protocol/agents.ts';
import type { Verdict } from '../protocol/verdicts.ts';
import { decodeRecording, RecordedRun } from '../recording.ts';
import { recordedLife } from './life.ts';
import {
  connection,
  frame,
  hello,
  inspection,
  looking,
  notice,
  people,
  presentPoints,
  runs,
  selected,
  status,
} from './store.ts';

/** The recording that the page itself holds, if it is one that was saved. */
export const heldRecording = (): string | undefined => document.getElementById('recording')?.textContent?.trim();

/**
 * Takes a recording for the server: it fills what a server fills, and follows what people choose here.
 * @param text the bytes of recording.ts in base64
 */
export async function showRecording(text: string): Promise<void> {
  connection.value = 'recording';
  let run: RecordedRun;
  try {
    run = new RecordedRun(await decodeRecording(Uint8Array.from(atob(text), (character) => character.charCodeAt(0))));
  } catch (error) {
    notice.value = `The recording in this page cannot be read: ${(error as Error).message.slice(0, 200)}`;
    return;
  }
  const { recorded } = run;
  let before = Number.NaN;
  batch(() => {
    hello.value = recorded.hello;
    people.value = recorded.people;
    presentPoints.value = recorded.points;
    runs.value = { kept: [recorded.run], dropped: 0 };
    looking.value ??= { run: recorded.run.run, tick: 0 };
    recordedLife.value = (agent) => lifeOf(run, agent);
  });
  effect(() => {
    const tick = Math.min(looking.value?.tick ?? 0, recorded.played.length - 1);
    const { policy } = recorded.points[tick]!;
    batch(() => {
      status.value = {
        ...{ ...recorded.status, ...recorded.ticks[tick] },
        past: { run: recorded.run.run, seed: recorded.run.seed, policy },
      };
      if (tick !== before) frame.value = run.frame(tick, tick !== before + 1);
      before = tick;
    });
  });
  effect(() => {
    const agent = selected.value;
    const tick = status.value!.tick;
    inspection.value = agent === null || agent >= recorded.run.agents ? null : inspectionOf(run, tick, agent);
  });
}

/** What an agent saw and did in every tick. */
function lifeOf(run: RecordedRun, agent: number): Life {
  const { hello, unanswered } = run.recorded;
  const { actions } = hello.scenario;
  const silent = (tick: number) => unanswered[tick]?.includes(run.rowOf(tick, agent));
  const all = run.recorded.played.map((_, tick) => inspectionOf(run, tick, agent));
  return {
    traits: all[0]?.traits ?? [],
    ticks: all.map(({ tick, context, state, action, decidedBy, teacher, others }) => ({
      ...{ tick, context, state, policy: decidedBy! },
      action: actions.findIndex(({ name }) => name === action),
      p: (!silent(tick) && [teacher, ...others].find(({ name }) => name === decidedBy)?.probabilities) || null,
    })),
  };
}

/** What an agent saw and did in a tick, and what each policy had said of it. */
function inspectionOf(run: RecordedRun, tick: number, agent: number): Inspection {
  const { hello, people, traitSets, contexts, observations, factors, played, policies, points, status } = run.recorded;
  const { traits, contexts: phrases, actions } = hello.scenario;
  const row = run.rowOf(tick, agent);
  const verdict = (name: string): Verdict => {
    const probabilities = run.answerOf(policies.indexOf(name), row);
    return probabilities ? { name, state: 'known', probabilities } : { name, state: 'unasked' };
  };
  const teacher = status.policies.at(-1)!.name;
  return {
    agent,
    tick,
    traits: people[traitSets[agent]!]!.map((trait) => traits[trait]!),
    context: contexts[observations[row]![1]]!.map((context) => phrases[context]!),
    state: Object.fromEntries(
      factors.map(({ name, levels }, f) => [name, levels[played[tick]!.levels[f]![agent]!] ?? '']),
    ),
    action: actions[played[tick]!.actions[agent]!]!.name,
    decidedBy: points[tick]!.policy,
    prompt: '',
    teacher: policies.includes(teacher) ? verdict(teacher) : { name: teacher, state: 'unasked' },
    explanation: { state: 'unasked' },
    others: policies.filter((name) => name !== teacher).map(verdict),
  };
}
