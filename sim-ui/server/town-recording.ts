import { setImmediate } from 'node:timers/promises';
import { UnderstudyError } from '../../env/error.ts';
import { levelOnStage } from '../../env/on-stage.ts';
import type { Hello } from '../protocol/hello.ts';
import type { Status } from '../protocol/status.ts';
import { encodeRecording, type Recorded, type RecordedTick } from '../recording.ts';
import type { Cast } from './cast.ts';
import type { Recording } from './history.ts';
import { type Rebuild, sceneStatus } from './rebuild.ts';

/** Agent-ticks that one page can show: a browser holds them all. */
const MOST_AGENT_TICKS = 30e6;

export interface TownSource {
  readonly hello: Hello;
  readonly status: Status;
  readonly recording: Recording;
  readonly rebuild: Pick<Rebuild, 'view'>;
  readonly cast: Cast;
  readonly signal?: AbortSignal;
}

/**
 * A run as a page without a server shows it: every tick is rebuilt as for somebody who looks back at it.
 * @returns the bytes of recording.ts
 * @throws {UnderstudyError} SERVE_PAST if nothing was played, or more than a page can hold; and as Rebuild.view does
 */
export async function recordTown({ hello, status, recording, rebuild, cast, signal }: TownSource): Promise<Uint8Array> {
  const { scenario, agents, run, ticks } = recording;
  const { canary, canaryOver, ...now } = status;
  if (ticks === 0) throw new UnderstudyError('SERVE_PAST', `run ${run + 1} has no tick to save yet`);
  if (agents * ticks > MOST_AGENT_TICKS)
    throw new UnderstudyError(
      'SERVE_PAST',
      `a page shows at most ${MOST_AGENT_TICKS / 1e6} million agent-ticks, and run ${run + 1} has ${agents} × ${ticks}; save a shorter run, or one of fewer agents`,
    );
  if (recording.info.canaries.length > 0)
    throw new UnderstudyError(
      'SERVE_PAST',
      `run ${run + 1} had a canary, and a page shows one policy at a time; save a run without one`,
    );
  const contexts = new Map<string, number>();
  const observations = new Map<number, { readonly row: number; readonly context: number; readonly kind: number }>();
  const played: RecordedTick[] = [];
  const words: Recorded['ticks'] = [];
  const unanswered: Recorded['unanswered'] = {};
  let traitSets: Recorded['traitSets'] | undefined;
  let people: number[][] = [];
  for (let tick = 0; tick < ticks; tick++) {
    signal?.throwIfAborted();
    const view = await rebuild.view(run, tick);
    const { shown } = view;
    if (!traitSets) {
      traitSets = shown.traitSets;
      people = Array.from(view.traitSets, (set) => scenario.sets.indices(set));
    }
    const own = new Uint16Array(agents);
    shown.masks.forEach((mask, agent) => {
      let known = observations.get(mask);
      if (!known) {
        const held = scenario.sets
          .indices(mask)
          .map((phrase) => phrase - scenario.traits.length)
          .filter((context) => context >= 0);
        const key = held.join();
        const context = contexts.get(key) ?? contexts.size;
        contexts.set(key, context);
        observations.set(mask, (known = { row: observations.size, context, kind: shown.traitSets[agent]! }));
      }
      own[agent] = known.context;
    });
    if (contexts.size > 0xffff)
      throw new UnderstudyError('SERVE_PAST', `run ${run + 1} has more distinct contexts than a page can hold`);
    played.push({ levels: levelsOf(recording, shown.codes), actions: shown.actions!, contexts: own });
    words.push(sceneStatus(view));
    const [open] = recording.unansweredAt(tick);
    if (open) unanswered[tick] = [...open].map((mask) => observations.get(mask)!.row);
    // Whoever watches the run meanwhile gets their turn.
    await setImmediate();
  }
  const deciders = new Map(
    Array.from({ length: ticks }, (_, tick) => recording.decidersOf(tick).member).map((m) => [m.name, m]),
  );
  // Who decided knows what it answered, even if the cast was opened anew since.
  const members = [...cast.members.filter(({ name }) => !deciders.has(name)), ...deciders.values()].filter(
    ({ policy }) => policy,
  );
  members.sort((a, b) => Number(a.name === cast.teacher.name) - Number(b.name === cast.teacher.name));
  // Who answers at no cost is asked about whatever anybody saw.
  for (const { policy, costly } of members)
    if (!costly) await policy!.learn(observations.keys(), { signal }).catch(() => {});
  const k = scenario.actions.length;
  // The world of now may be another one than that of the run.
  const parameters = hello.scenario.parameters.map((parameter) => ({
    ...parameter,
    value: scenario.parameters[parameter.name]?.value ?? parameter.value,
  }));
  const answers = new Float32Array(members.length * observations.size * k).fill(Number.NaN);
  members.forEach(({ policy }, m) => {
    for (const [mask, { row }] of observations)
      if (policy!.outcome(mask) === 'ok')
        answers.set(policy!.probabilities(mask)!.map(asDrawn), (m * observations.size + row) * k);
  });
  return encodeRecording({
    version: 1,
    hello: { ...hello, agents, control: false, adjustable: false, scenario: { ...hello.scenario, parameters } },
    run: recording.info,
    status: {
      ...{ ...now, run, seed: recording.seed, ticks, clock: 'ended', playing: false, asking: [], past: null },
      // Nobody hands out networks to a page without a server.
      policies: status.policies.map(({ network, ...policy }) => policy),
    },
    points: [...recording.points],
    ticks: words,
    people,
    factors: scenario.agent.map(({ name, levels }) => ({
      name,
      levels: levels.map((level) => levelOnStage(scenario, name, level)),
    })),
    mapFactor: scenario.map ? scenario.agent.findIndex(({ name }) => name === scenario.map!.factor) : -1,
    contexts: [...contexts.keys()].map((key) => (key === '' ? [] : key.split(',').map(Number))),
    observations: [...observations.values()].map(({ kind, context }) => [kind, context]),
    policies: members.map(({ name }) => name),
    unanswered,
    traitSets: traitSets!,
    answers,
    played,
  });
}

/** As fine as an engine draws; digits beyond that would take most of a page. */
const asDrawn = (p: number) => Math.round(p * 65536) / 65536;

/** Levels by factor out of joint codes, the last factor fastest. */
function levelsOf({ scenario }: Recording, codes: Uint32Array): Uint8Array[] {
  let stride = 1;
  return scenario.agent
    .toReversed()
    .map(({ levels: { length } }) => {
      const each = stride;
      stride *= length;
      return Uint8Array.from(codes, (code) => Math.floor(code / each) % length);
    })
    .reverse();
}
