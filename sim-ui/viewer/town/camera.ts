import { signal } from '@preact/signals';

/** What part of the town is seen; the same in a window of any size. */
export interface Camera {
  /** Middle of the picture, as shares of the town's width and height. */
  readonly x: number;
  readonly y: number;
  /** 1: the whole town. */
  readonly zoom: number;
  /** Whether the picture keeps the selected agent in its middle. */
  readonly follow: boolean;
}

/** Width and height of the town's box in CSS pixels. */
export interface Box {
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [number, number];

export const MOST_ZOOM = 64;
export const whole: Camera = { x: 0.5, y: 0.5, zoom: 1, follow: false };
/** What this viewer looks at. Whoever sets it passes it through `within`. */
export const camera = signal<Camera>(whole);

const clamp = (v: number, low: number, high: number) => Math.min(high, Math.max(low, v));

/** A camera whose numbers are in range: the picture shows nothing beyond the town. */
export function within({ x, y, zoom, follow }: Camera): Camera {
  const z = Number.isFinite(zoom) ? clamp(zoom, 1, MOST_ZOOM) : 1;
  const half = 0.5 / z;
  const centre = (v: number) => (Number.isFinite(v) ? clamp(v, half, 1 - half) : 0.5);
  return { x: centre(x), y: centre(y), zoom: z, follow: follow === true };
}

/** Where a point of the town is in the picture. */
export const project = ({ x, y, zoom }: Camera, { width, height }: Box, [px, py]: Point): Point => [
  (px - x * width) * zoom + width / 2,
  (py - y * height) * zoom + height / 2,
];

/** The point of the town at a point of the picture. */
export const unproject = ({ x, y, zoom }: Camera, { width, height }: Box, [sx, sy]: Point): Point => [
  (sx - width / 2) / zoom + x * width,
  (sy - height / 2) / zoom + y * height,
];

/** Zooms by a factor; the point of the town at `around` stays there, or the middle while an agent is followed. */
export function zoomed(
  from: Camera,
  box: Box,
  factor: number,
  around: Point = [box.width / 2, box.height / 2],
): Camera {
  const zoom = clamp(from.zoom * factor, 1, MOST_ZOOM);
  if (from.follow) return within({ ...from, zoom });
  const [px, py] = unproject(from, box, around);
  return within({
    ...from,
    zoom,
    x: (px - (around[0] - box.width / 2) / zoom) / box.width,
    y: (py - (around[1] - box.height / 2) / zoom) / box.height,
  });
}

/** Moves the picture by CSS pixels; whoever moves it by hand follows nobody. */
export const panned = (from: Camera, { width, height }: Box, dx: number, dy: number): Camera =>
  within({ ...from, follow: false, x: from.x - dx / from.zoom / width, y: from.y - dy / from.zoom / height });

/** Brings a point of the town to the middle. */
export const centred = (from: Camera, { width, height }: Box, [px, py]: Point): Camera =>
  within({ ...from, x: px / width, y: py / height });
