import { actions, type Channels, type Colouring, channelsOf, colour } from '../store.ts';
import type { Paint } from './crowd.ts';
import { apartTexels, rampStops, rampTexels } from './ramp.ts';

/**
 * What agents show, in the colours of the screen; while some are looked for, last a pale one for all others. Who has not
 * decided yet has another colour than who got no answer.
 * @param end the distance of two policies that has the last colour
 */
export function paintOf(
  shown: Colouring,
  {
    decided,
    seeking,
    people,
    end,
  }: { decided: boolean; seeking: boolean; people: readonly (readonly number[])[]; end: number },
): Paint {
  const lost = seeking ? [colour('--lost')] : [];
  const silent = colour(decided ? '--silent' : '--waiting');
  if (shown.by === 'action')
    return {
      ...{ by: 'action', silent },
      palette: [...actions.peek().map((action): Channels => channelsOf(action.colour)), ...lost],
    };
  if (shown.by === 'probability')
    return {
      ...{ by: 'probability', action: shown.action },
      palette: [lost[0] ?? silent, ...rampTexels(rampStops())],
    };
  if (shown.by === 'distance')
    return { by: 'distance', palette: [lost[0] ?? silent, ...apartTexels(rampStops('--apart-ramp'), end)] };
  return {
    by: 'trait',
    members: Uint8Array.from(people, (set) => (set.includes(shown.trait) ? 1 : 0)),
    palette: [colour('--trait-without'), colour('--trait-with'), ...lost],
  };
}
