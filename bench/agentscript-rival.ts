import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Scenario } from '../env/scenario.ts';
import { type Lookup, look, stateSpace } from '../env/state-space.ts';
import type { Shares, Town } from './town.ts';

/** AgentScript as far as a town needs it. It is GPL-licensed: fetched when it is measured, never a part of this package. */
interface Library {
  readonly Model: new (
    world: object,
  ) => {
    readonly turtles: {
      create(count: number, begin: (turtle: Turtle) => void): void;
      ask(act: (turtle: Turtle) => void): void;
    };
  };
}
/** An agent: an object with its own slots of the state. */
interface Turtle {
  values: Int32Array;
  traits: number;
}

/** A town as AgentScript's users write one: each turtle looks up what it sees, chooses and moves on. */
export class AgentScriptRival {
  readonly version: string;
  readonly #library: Library;
  readonly #town: Town;

  /** Undefined if it cannot be fetched. */
  static async open(town: Town): Promise<AgentScriptRival | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'understudy-rival-'));
    try {
      const options = ['--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--omit=optional'];
      await promisify(execFile)('npm', ['install', ...options, 'agentscript@0.10'], { timeout: 120_000 });
      const home = join(folder, 'node_modules', 'agentscript');
      const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
      // Its one module prepares to draw as it is loaded; nothing is drawn here.
      Object.assign(globalThis, {
        OffscreenCanvas: class {
          getContext = () => null;
        },
      });
      const library = (await import(pathToFileURL(join(home, 'dist', 'agentscript.js')).href)) as Library;
      return new AgentScriptRival(version, library, town);
    } catch (error) {
      console.error(`  AgentScript is left out: ${(error as Error).message.trim().split('\n')[0]}`);
      return undefined;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private constructor(version: string, library: Library, town: Town) {
    this.version = version;
    this.#library = library;
    this.#town = town;
  }

  run(agents: number): Shares {
    const { scenario, world, ticks, decisions } = this.#town;
    const space = stateSpace(scenario);
    const chances = new Map(decisions.map(({ mask, p }) => [mask, p]));
    const { traits } = scenario;
    const traitBits = 2 ** traits.length - 1;
    const setWorld = (values: Int32Array, tick: number) => {
      for (let w = 0; w < space.world.length; w++) {
        values[space.worldNow + w] = world[tick]![w]!;
        values[space.worldNext + w] = world[tick + 1]![w]!;
      }
    };
    const model = new this.#library.Model({ minX: 0, maxX: 1, minY: 0, maxY: 1 });
    model.turtles.create(agents, (turtle) => {
      turtle.traits = drawTraits(scenario) & traitBits;
      turtle.values = new Int32Array(space.slots);
      setWorld(turtle.values, 0);
      for (let t = 0; t < traits.length; t++) turtle.values[space.traits + t] = (turtle.traits >>> t) & 1;
      space.agent.forEach(({ start }, f) => {
        const level = drawLevel(start, turtle.values);
        turtle.values[space.agentNow + f] = turtle.values[space.agentNext + f] = level;
      });
    });
    const shares: number[][] = [];
    for (let tick = 0; tick < ticks; tick++) {
      const counts = scenario.actions.map(() => 0);
      model.turtles.ask(({ values, traits: held }) => {
        setWorld(values, tick);
        let mask = held;
        for (let c = 0; c < space.observe.length; c++)
          if (look(space.observe[c]!, values)) mask |= 1 << (traits.length + c);
        const p = chances.get(mask >>> 0)!;
        let action = 0;
        for (let u = Math.random() - p[0]!; u >= 0 && action < p.length - 1; u -= p[action]!) action++;
        if (!look(space.allowed[action]!, values)) action = 0;
        values[space.action] = action;
        counts[action]!++;
        for (let f = 0; f < space.agent.length; f++)
          values[space.agentNext + f] = drawLevel(space.agent[f]!.next, values);
        for (let f = 0; f < space.agent.length; f++) values[space.agentNow + f] = values[space.agentNext + f]!;
      });
      shares.push(counts.map((count) => count / agents));
    }
    return shares;
  }
}

function drawLevel(law: Lookup<Uint32Array>, values: Int32Array): number {
  const weights = look(law, values);
  let level = 0;
  for (let rest = 65536 * Math.random() - weights[0]!; rest >= 0; rest -= weights[level]!) level++;
  return level;
}

/** One block only: the sets of a scenario whose traits are drawn together. */
function drawTraits({ traitLaw }: Scenario): number {
  const [{ sets, weights, total }] = traitLaw as unknown as [(typeof traitLaw)[number]];
  let at = 0;
  for (let rest = total * Math.random() - weights[0]!; rest >= 0 && at < sets.length - 1; rest -= weights[at]!) at++;
  return sets[at]!;
}
