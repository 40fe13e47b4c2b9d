import { status } from '../store.ts';

/** Sun, moon, cloud, rain or snow in the corner of the town; it stands still. */
export function SkySign() {
  const { light = 'day', sky = '' } = status.value?.scene ?? {};
  if (sky === '' && light === 'day') return null;
  return (
    <svg class="sky-sign" viewBox="-20 -20 40 40" width="40" height="40" aria-hidden="true">
      {light === 'night' ? (
        <path class="moon" d="M4-13A13 13 0 1 0 13 6 11 11 0 0 1 4-13Z" />
      ) : (
        <Sun low={light === 'dusk'} />
      )}
      {(sky === 'cloud' || sky === 'rain' || sky === 'snow') && (
        <path class="cloud" d="M-9 10a6 6 0 0 1 0-12A8 8 0 0 1 6-3a6.500 6.500 0 0 1 2 13Z" />
      )}
      {sky === 'rain' && <path class="drops" d="M-6 13l-2 5M0 13l-2 5M6 13l-2 5" />}
      {sky === 'snow' && <path class="flakes" d="M-7 15h.1M-3 18h.1M1 15h.1M5 18h.1" />}
    </svg>
  );
}

const Sun = ({ low }: { low: boolean }) => (
  <g class={low ? 'sun low' : 'sun'}>
    <circle r="7.500" />
    <path d="M0-11.500V-15M0 11.500V15M-11.500 0H-15M11.500 0H15M-8-8L-10.500-10.500M8 8L10.500 10.500M-8 8L-10.500 10.500M8-8L10.500-10.500" />
  </g>
);

/** What falls from the sky, as strokes over the ground and under the people; none of it moves. */
export function Weather({ width, height }: { width: number; height: number }) {
  const { sky = '' } = status.value?.scene ?? {};
  if (sky !== 'rain' && sky !== 'snow') return null;
  const many = Math.min(260, Math.round((width * height) / 2600));
  // A sequence that spreads evenly: R2, Roberts 2018.
  const d = Array.from({ length: many }, (_, i) => {
    const [x, y] = [((i * 0.7548776662) % 1) * width, ((i * 0.569840291) % 1) * height];
    return sky === 'rain' ? `M${x.toFixed(0)} ${y.toFixed(0)}l-4 11` : `M${x.toFixed(0)} ${y.toFixed(0)}h.1`;
  }).join('');
  return <path class={`falls ${sky}`} d={d} />;
}
