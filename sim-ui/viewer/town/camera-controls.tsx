import type { Signal } from '@preact/signals';
import { selected } from '../store.ts';
import { camera, whole, zoomed } from './camera.ts';
import { STEP } from './gestures.ts';
import type { TownLayout } from './layout.ts';

/** Buttons for what the wheel, the pointer and the keys do too. */
export function CameraControls({ layout }: { layout: Signal<TownLayout | undefined> }) {
  const box = layout.value;
  if (!box) return null;
  const { zoom, follow } = camera.value;
  const zoomBy = (factor: number) => () => {
    camera.value = zoomed(camera.peek(), box, factor);
  };
  return (
    <fieldset class="camera-controls" aria-label="Camera">
      <button type="button" aria-label="Zoom in" title="Zoom in (+)" onClick={zoomBy(STEP)}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 3V13M3 8H13" />
        </svg>
      </button>
      <button type="button" aria-label="Zoom out" title="Zoom out (−)" disabled={zoom === 1} onClick={zoomBy(1 / STEP)}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M3 8H13" />
        </svg>
      </button>
      <button
        type="button"
        aria-label="Whole town"
        title="Whole town (0)"
        disabled={zoom === 1 && !follow}
        onClick={() => {
          camera.value = whole;
        }}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M3 6V3H6M10 3H13V6M13 10V13H10M6 13H3V10" />
        </svg>
      </button>
      <button
        type="button"
        aria-label="Follow the agent"
        title={selected.value === null ? 'Follow the agent: pick one first' : 'Follow the agent (f)'}
        aria-pressed={follow && selected.value !== null}
        disabled={selected.value === null}
        onClick={toggleFollow}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 1.500V4M8 12V14.500M1.500 8H4M12 8H14.500M8 4.500a3.500 3.500 0 1 1 0 7a3.500 3.500 0 1 1 0-7Z" />
        </svg>
      </button>
    </fieldset>
  );
}

/** Follows the selected agent, from near enough to tell it from others, or lets it go. */
export function toggleFollow(): void {
  if (selected.peek() === null) return;
  const now = camera.peek();
  camera.value = now.follow ? { ...now, follow: false } : { ...now, follow: true, zoom: Math.max(now.zoom, 3) };
}
