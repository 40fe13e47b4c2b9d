import { firstCrowd } from '../../env/crowd.ts';
import { Moves } from '../../env/moves.ts';
import { neighbourFactors } from '../../env/neighbours.ts';
import { type StateSpace, setTraits } from '../../env/state-space.ts';
import { movingTables, traitClasses } from '../../env/successors.ts';
import { traitBlocks, traitSetCount } from '../../env/trait-law.ts';
import { worldPath } from '../../env/trajectory.ts';
import { setTurn } from './rows.ts';
import { AGENT_LIMIT } from './size.ts';

/**
 * Agent-steps that cost as much as one binomial draw of a cohort, if every cell is occupied. In CPU time it is about 20:
 * on an EPYC with Node 20, a tick takes 50 to 110 ns for each such draw, with everything around it, and 4.5 to 5.5 ns for
 * each agent (`npm run bench -- engines`). Agents are played on all cores and cohorts on one, so it is twice that: nobody
 * waits longer for cohorts that were chosen for them on a machine of two. It is a constant and not measured where it
 * runs, since the same command is to give the same run everywhere.
 */
const STEPS_PER_DRAW = 40;

/** Classes of trait sets, and worlds, whose moves are looked at. */
const LOOKED_AT = 16;

export interface EngineOptions {
  /** Whether cohorts, or single agents, are asked for. */
  readonly cohorts?: boolean;
  /** Why single agents are needed; undefined if nobody asks for them. */
  readonly individuals?: string;
}

/** Which engine plays a run, and why. */
export interface EngineChoice {
  readonly cohorts: boolean;
  readonly reason: string;
}

/**
 * The engine of a run: what is asked for; otherwise cohorts, if they cost less and nobody asks for single agents. It
 * depends on the scenario, the number of agents and what is asked for, not on the seed or the machine.
 */
export function chooseEngine(
  space: StateSpace,
  agents: number,
  { cohorts, individuals }: EngineOptions = {},
): EngineChoice {
  if (cohorts !== undefined) return { cohorts, reason: 'as asked for' };
  if (individuals !== undefined) return { cohorts: false, reason: individuals };
  if (neighbourFactors(space.scenario).length > 0)
    return { cohorts: false, reason: 'each agent has neighbours of its own' };
  const many = agents.toLocaleString('en-US');
  if (agents > AGENT_LIMIT) return { cohorts: true, reason: `${many} agents are more than are held one by one` };
  return cohortsPay(space, agents)
    ? { cohorts: true, reason: `${many} agents cost less counted than one by one` }
    : { cohorts: false, reason: `${many} agents cost less one by one than counted` };
}

/**
 * Whether counting cohorts costs less than playing every agent: their number is compared with the draws that a tick of
 * cohorts needs if every cell is occupied.
 */
export function cohortsPay(space: StateSpace, agents: number): boolean {
  const { scenario } = space;
  const acting = space.agentStates * (scenario.actions.length - 1);
  const within = (draws: number) => agents <= STEPS_PER_DRAW * traitSetCount(scenario) * draws;
  // Acting alone may be too much: the moves are not looked at then.
  return !within(acting) && !within(acting + mostMoves(space));
}

/** Binomials by which the agents of one trait set move in a tick, at most, in the first worlds of seed 0. */
function mostMoves(space: StateSpace): number {
  const { scenario } = space;
  const [first] = traitBlocks(scenario);
  const classes = traitClasses(scenario, first!.sets, movingTables(scenario)).slice(0, LOOKED_AT);
  const { levels: crowd } = firstCrowd(space);
  const worlds = worldPath(space, 0, Math.min(LOOKED_AT, scenario.horizon), () => crowd);
  const values = new Int32Array(space.slots);
  let most = 0;
  for (const [tick, world] of worlds.slice(0, -1).entries()) {
    setTurn(space, values, { world, nextWorld: worlds[tick + 1]!, crowd, nextCrowd: crowd });
    for (const { mask } of classes) {
      setTraits(space, values, mask);
      const { stages } = Moves.of(space, 'next').plan(values);
      most = Math.max(
        most,
        stages.reduce((sum, { size, draws }) => sum + size * draws, 0),
      );
    }
  }
  return most;
}
