import { firstCrowd } from '../../env/crowd.ts';
import { Moves } from '../../env/moves.ts';
import { neighbourFactors } from '../../env/neighbours.ts';
import { type StateSpace, setTraits } from '../../env/state-space.ts';
import { movingTables, traitClasses } from '../../env/successors.ts';
import { traitBlocks, traitSetCount } from '../../env/trait-law.ts';
import { worldPath } from '../../env/trajectory.ts';
import { setTurn } from './rows.ts';

/**
 * Agent-steps in the time of one binomial draw of a cohort. Measured on two cores of an EPYC with Node 20: a draw takes
 * 100 to 130 ns with everything around it, and a step of the agents engine 2.5 to 5 ns.
 */
const STEPS_PER_DRAW = 40;

/** Classes of trait sets, and worlds, whose moves are looked at. */
const LOOKED_AT = 16;

/**
 * Whether counting cohorts takes less time than playing every agent, where nobody asks for single agents: their number is
 * compared with the draws that a tick of cohorts needs if every cell is occupied. Agents with neighbours are not alike.
 * @param seed of the run, whose first worlds are looked at, with the crowd of the first tick
 */
export function cohortsPay(space: StateSpace, agents: number, seed = 0): boolean {
  return neighbourFactors(space.scenario).length === 0 && agents > STEPS_PER_DRAW * mostDraws(space, agents, seed);
}

/** Binomials in a tick of cohorts, at most. */
function mostDraws(space: StateSpace, agents: number, seed: number): number {
  const { scenario } = space;
  const traitSets = Math.min(agents, traitSetCount(scenario));
  const [first] = traitBlocks(scenario);
  const classes = traitClasses(scenario, first!.sets, movingTables(scenario)).slice(0, LOOKED_AT);
  const { levels: crowd } = firstCrowd(space);
  const worlds = worldPath(space, seed, Math.min(LOOKED_AT, scenario.horizon), () => crowd);
  const values = new Int32Array(space.slots);
  const acting = space.agentStates * (scenario.actions.length - 1);
  let most = 0;
  for (const [tick, world] of worlds.slice(0, -1).entries()) {
    setTurn(space, values, { world, nextWorld: worlds[tick + 1]!, crowd, nextCrowd: crowd });
    for (const { mask } of classes) {
      setTraits(space, values, mask);
      const { stages } = Moves.of(space, 'next').plan(values);
      most = Math.max(
        most,
        stages.reduce((sum, { size, draws }) => sum + size * draws, acting),
      );
    }
  }
  return traitSets * most;
}
