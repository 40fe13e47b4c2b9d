import type { ReadonlySignal } from '@preact/signals';
import { Shares } from '../shares.tsx';
import { actions, hello } from '../store.ts';
import { capital, integer } from '../words.ts';
import { arrangement, clusters } from './arrangement.ts';
import { camera, project } from './camera.ts';
import { type Census, isNarrow, labelDistance, labelSide, radiusOf, type TownLayout } from './layout.ts';
import type { TownPicture } from './picture.ts';
import { PlaceIcon } from './scenery.tsx';

interface LabelsProps {
  readonly layout: TownLayout;
  readonly census: ReadonlySignal<Census | undefined>;
  readonly picture: TownPicture;
}

/** How many are at each place and what they did, as words above the crowd and for screen readers. */
export function Labels({ layout, census, picture }: LabelsProps) {
  const now = picture.frame.value;
  const counted = census.value;
  if (!now || !counted || !hello.value || layout.places.length !== counted.crowd.length) return null;
  const staged = arrangement.value.by === 'place' ? hello.value.scenario.places : [];
  const nobodyActed = !now.played && arrangement.value.by === 'action';
  return (
    <ul class="labels" aria-label={picture.leads ? 'Places' : `Places of ${picture.name}`}>
      {layout.places.map(({ name }, i) => {
        const crowd = counted.crowd[i]!;
        const label = clusters.value[i]?.label ?? '';
        return (
          <li
            key={name}
            class={`label ${staged.length === 0 ? 'stacked' : staged[i]?.drawing && crowd < 100_000 ? '' : 'plain'}`}
            style={whereIs(layout, i, crowd / now.places.length)}
          >
            {crowd < 100_000 && <PlaceIcon drawing={staged[i]?.drawing} />}
            <span class="label-name" title={label}>
              {capital(label) || 'Everybody'}
            </span>
            <span class="label-count">
              {nobodyActed ? ' ' : isNarrow(layout.width) ? short(crowd) : integer(crowd)}
            </span>
            {arrangement.value.by === 'action'
              ? // A number that is cut is another number.
                layout.labelWidth >= ROOM_FOR_SHARE * layout.text && (
                  <span class="label-did">{nobodyActed ? 'not decided yet' : share(crowd / now.places.length)}</span>
                )
              : now.played && (
                  <span class="label-did">
                    <Did counts={counted.byAction[i]!} />
                  </span>
                )}
          </li>
        );
      })}
    </ul>
  );
}

/** Width of a label that holds a count and a share beside each other. */
const ROOM_FOR_SHARE = 92;

/** A number that leaves room for a name beside it. */
const short = (count: number): string => (count >= 100_000 ? `${integer(count / 1000)} k` : integer(count));

const share = (of: number) => `${(100 * of).toFixed(1)} %`;

/** Beside the crowd it belongs to, inside the picture while any of that crowd is seen, and gone with it. */
function whereIs(
  layout: TownLayout,
  i: number,
  part: number,
): { width: string; transform: string; visibility?: 'hidden' } {
  const shown = camera.value;
  const { x, y } = layout.places[i]!;
  const [sx, sy] = project(shown, layout, [x, y]);
  const distance = labelDistance(layout, i, part) * shown.zoom;
  const crowd = Math.max(radiusOf(layout, part), layout.reach * 0.2) * shown.zoom;
  const out = sx < -crowd || sy < -crowd || sx > layout.width + crowd || sy > layout.height + crowd;
  const { width, height } = layout;
  const [left, top] = {
    above: ['-50%', `-100% - ${distance}px`],
    below: ['-50%', `${distance}px`],
    left: [`-100% - ${distance}px`, '-50%'],
    right: [`${distance}px`, '-50%'],
  }[labelSide(layout, i)] as [string, string];
  const kept = (at: number, offset: string, most: number) => `clamp(0px, ${at}px + ${offset}, ${most}px - 100%)`;
  return {
    width: `${layout.labelWidth}px`,
    transform: `translate(${kept(sx, left, width)}, ${kept(sy, top, height)})`,
    ...(out && { visibility: 'hidden' }),
  };
}

/** What people at a place did: of two actions the count of the second, of more the shares of all. */
function Did({ counts }: { counts: readonly number[] }) {
  const [, second, ...more] = actions.value;
  if (second && more.length === 0)
    return (
      <span style={{ color: second.colour }}>
        {integer(counts[1]!)} {second.did}
      </span>
    );
  const all = counts.reduce((sum, count) => sum + count, 0);
  const words = actions.value
    .map(({ did }, a) => `${integer(counts[a]!)} ${did}`)
    .filter((_, a) => counts[a]! > 0)
    .join(', ');
  return <Shares shares={counts.map((count) => (all > 0 ? count / all : 0))} words={words} />;
}
