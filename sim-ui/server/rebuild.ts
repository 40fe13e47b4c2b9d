import { UnderstudyError } from '../../env/error.ts';
import { crowdLevelsOnStage, levelOnStage, sceneOf } from '../../env/on-stage.ts';
import type { AskedOnce } from '../../policies/asked-once.ts';
import type { Outcome, Policy } from '../../policies/policy.ts';
import { Simulation } from '../../sim/simulation.ts';
import { LIFE_PAGE, type Life, type Lived } from '../protocol/agents.ts';
import type { Status } from '../protocol/status.ts';
import { clamp } from '../protocol/values.ts';
import type { History, Recording } from './history.ts';
import { lookAt } from './look.ts';
import { type Deciders, type Shown, showAt, stateInWords, type View } from './shown.ts';

/** Ticks that were shown last and are kept as they are. */
const REMEMBERED = 4;

/** Agent-ticks that one page of a life may take to play again. */
const LIFE_AGENT_TICKS = 10e6;

/**
 * Shows ticks that are over: a snapshot is restored and played up to the tick, with the answers that were given then.
 * Nobody is asked anything. One population is rebuilt at a time, whoever looks.
 */
export class Rebuild {
  readonly #history: History;
  /** Whoever decided, as one who remembers. */
  readonly #recalled = new WeakMap<AskedOnce, Policy>();
  readonly #shown: { readonly recording: Recording; readonly tick: number; readonly view: View }[] = [];
  #stand?: { readonly recording: Recording; simulation: Simulation };
  #last: Promise<unknown> = Promise.resolve();

  constructor(history: History) {
    this.#history = history;
  }

  /**
   * A tick that was played, as it was.
   * @throws {UnderstudyError} SERVE_PAST for a run that is gone, a tick that was not played, an answer that is not known
   *   any more
   */
  view(run: number, tick: number): Promise<View> {
    return this.#inTurn(async () => {
      const recording = this.#find(run, tick);
      const known = this.#shown.find((shown) => shown.recording === recording && shown.tick === tick);
      if (known) return known.view;
      const simulation = await this.#seek(recording, tick);
      this.#cast(recording, simulation);
      const before = lookAt(simulation);
      const deciders = await this.#play(recording, simulation);
      const shown = showAt(simulation, run, { before, deciders, unanswered: recording.unansweredAt(tick) });
      const view = viewOf(recording, simulation, shown);
      this.#shown.push({ recording, tick, view });
      if (this.#shown.length > REMEMBERED) this.#shown.shift();
      return view;
    });
  }

  /**
   * The population before a tick, played or not.
   * @throws {UnderstudyError} SERVE_PAST as `view` does
   */
  stateBefore(run: number, tick: number): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      const recording = this.#find(run, tick, 1);
      return (await this.#seek(recording, tick)).snapshot();
    });
  }

  /**
   * What one agent saw and did in ticks in a row, played again one at a time, so that others look meanwhile.
   * @throws {UnderstudyError} SERVE_PAST as `view` does; RangeError if there is no such agent
   */
  async life(run: number, agent: number, from: number): Promise<Life> {
    const recording = this.#history.require(run);
    const { agents, ticks } = recording;
    if (agent >= agents) throw new RangeError(`unknown agent: ${agent} (agents 0 to ${agents - 1})`);
    const most = Math.max(1, Math.min(LIFE_PAGE, Math.floor(LIFE_AGENT_TICKS / agents)));
    const lived: Lived[] = [];
    let traits: readonly string[] = [];
    for (let tick = from; tick < Math.min(ticks, from + most); tick++)
      await this.#inTurn(async () => {
        // Another run may have taken its place meanwhile.
        this.#find(run, tick);
        const simulation = await this.#seek(recording, tick);
        const { scenario } = simulation;
        const before = simulation.agentAt(agent);
        const arm = this.#cast(recording, simulation).canary ? simulation.deciding.of![agent]! : 0;
        const { member, canary } = await this.#play(recording, simulation);
        const { name, policy } = arm === 0 ? member : canary!.member;
        const answered = !recording.unansweredAt(tick)[arm]?.has(before.mask) && policy.probabilities(before.mask);
        ({ traits } = before);
        lived.push({
          tick,
          policy: name,
          p: answered ? Array.from(answered, clamp) : null,
          action: scenario.actions.indexOf(simulation.agentAt(agent).lastAction!),
          context: [...before.context],
          state: Object.fromEntries(
            Object.entries(before.state).map(([factor, level]) => [factor, levelOnStage(scenario, factor, level)]),
          ),
        });
      });
    return { traits: [...traits], ticks: lived };
  }

  #find(run: number, tick: number, beyond = 0): Recording {
    const recording = this.#history.require(run);
    if (tick >= recording.ticks + beyond)
      throw new UnderstudyError(
        'SERVE_PAST',
        `tick ${tick} of run ${run + 1} was not played: it has ${recording.ticks} ticks`,
      );
    return recording;
  }

  async #seek(recording: Recording, tick: number): Promise<Simulation> {
    const snapshot = recording.snapshotBefore(tick);
    const stood = this.#stand?.recording === recording ? this.#stand.simulation : undefined;
    const world = recording.scenarioAt(snapshot?.tick ?? 0);
    const nearer = stood && stood.tick <= tick && (!snapshot || stood.tick >= snapshot.tick);
    // A population stands in the world that it was played in last.
    const standing = stood && (nearer || stood.scenario === world) ? stood : undefined;
    // Where it stands may be nearer than the snapshot.
    if (standing && nearer) return this.#playTo(recording, standing, tick);
    const { agents, seed, network } = recording;
    const policy = this.#recallerOf(recording, 0);
    const simulation =
      standing ?? new Simulation({ scenario: world, agents, seed, network, policy, onFailure: 'skip' });
    this.#stand = undefined;
    if (snapshot) simulation.restore(snapshot.bytes);
    else if (simulation.tick > tick) simulation.reset();
    this.#stand = { recording, simulation };
    return this.#playTo(recording, simulation, tick);
  }

  async #playTo(recording: Recording, simulation: Simulation, tick: number): Promise<Simulation> {
    let now = this.#moved(recording, simulation);
    while (now.tick < tick) {
      await this.#play(recording, now);
      now = this.#moved(recording, now);
    }
    return now;
  }

  /** The population in the world of its coming tick. */
  #moved(recording: Recording, simulation: Simulation): Simulation {
    const world = recording.scenarioAt(simulation.tick);
    if (simulation.scenario === world) return simulation;
    const next = simulation.continueIn(world);
    if (this.#stand?.simulation === simulation) this.#stand.simulation = next;
    return next;
  }

  /** Plays one tick as it was played. */
  async #play(recording: Recording, simulation: Simulation): Promise<Deciders> {
    const deciders = this.#cast(recording, simulation);
    await simulation.step();
    return deciders;
  }

  /** Whoever decided the coming tick then decides it. */
  #cast(recording: Recording, simulation: Simulation): Deciders {
    const { tick } = simulation;
    const deciders = recording.decidersOf(tick);
    simulation.swap(this.#recallerOf(recording, tick));
    if (deciders.canary) simulation.swap(this.#recallerOf(recording, tick, 1), deciders.canary.only);
    return deciders;
  }

  /** @param arm 0 for the policy of the moment, 1 for the canary's */
  #recallerOf(recording: Recording, tick: number, arm = 0): Policy {
    const { member, canary } = recording.decidersOf(tick);
    const memo = (arm === 0 ? member : canary!.member).policy;
    const unanswered = recording.unansweredAt(tick)[arm];
    // What had no answer in one tick may have had one in the next: that tick has a policy of its own.
    if (unanswered) return recall(memo, recording.scenario.actions.length, unanswered);
    const known = this.#recalled.get(memo) ?? recall(memo, recording.scenario.actions.length);
    this.#recalled.set(memo, known);
    return known;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/** Answers as a policy did, and refuses what it was not asked. */
function recall(memo: AskedOnce, k: number, unanswered?: ReadonlySet<number>): Policy {
  return {
    id: memo.id,
    scenario: memo.scenario,
    decide: async ({ masks }) => {
      const probabilities = new Float64Array(masks.length * k).fill(Number.NaN);
      const outcomes = Array.from(masks, (mask, i): Outcome => {
        if (unanswered?.has(mask)) return 'missing';
        const answer = memo.outcome(mask) === 'ok' ? memo.probabilities(mask) : undefined;
        if (!answer)
          throw new UnderstudyError(
            'SERVE_PAST',
            `what ${memo.id} answered then is not known any more; it is not asked`,
          );
        probabilities.set(answer, i * k);
        return 'ok';
      });
      return { probabilities, outcomes };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function viewOf(recording: Recording, simulation: Simulation, shown: Shown): View {
  const { scenario, agents, run, seed, network } = recording;
  const { traitSets } = simulation;
  return {
    ...{ scenario, agents, run, seed, network, shown, traitSets },
    past: true,
    stateOf: (agent) => stateInWords(simulation, shown.codes[agent]!),
  };
}

/** What the status says of the tick on show. */
export function sceneStatus({
  scenario,
  shown,
}: View): Pick<Status, 'tick' | 'played' | 'day' | 'world' | 'scene' | 'crowd'> {
  return {
    tick: shown.tick,
    played: shown.played,
    day: Math.floor(shown.tick / scenario.ticksPerDay) + 1,
    world: { ...shown.world },
    scene: sceneOf(scenario, shown.world),
    crowd: crowdLevelsOnStage(scenario, shown.crowd),
  };
}
