import { UnderstudyError } from '../../env/error.ts';
import { levelOnStage } from '../../env/on-stage.ts';
import type { Scenario } from '../../env/scenario.ts';
import { PLACE_LIMIT } from '../frame.ts';
import type { Hello } from '../protocol/hello.ts';

/**
 * Places in the order of the map factor's levels; a single nameless one if there is no map.
 * @throws {UnderstudyError} SERVE_SCENARIO for more of them than a frame can name
 */
export function placesOf(scenario: Scenario): Hello['scenario']['places'] {
  const { map, agent, staging } = scenario;
  if (!map) return [{ name: '', label: '', x: 0.5, y: 0.5 }];
  const factor = agent.find(({ name }) => name === map.factor)!;
  if (factor.levels.length > PLACE_LIMIT)
    throw new UnderstudyError(
      'SERVE_SCENARIO',
      `the map of ${scenario.id} has ${factor.levels.length} places, the viewer shows at most ${PLACE_LIMIT}`,
    );
  return factor.levels.map((level) => {
    const [x, y] = map.places[String(level)]!;
    const { drawing, green } = staging?.places[String(level)] ?? {};
    return {
      ...{ name: String(level), label: levelOnStage(scenario, map.factor, level), x, y },
      ...(drawing && { drawing: [...drawing] }),
      ...(green && { green }),
    };
  });
}
