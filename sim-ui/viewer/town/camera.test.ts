import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Camera,
  centred,
  MOST_ZOOM,
  type Point,
  panned,
  project,
  unproject,
  whole,
  within,
  zoomed,
} from './camera.ts';

const box = { width: 900, height: 400 };
const cameras = fc
  .record({ x: fc.double({ min: 0, max: 1 }), y: fc.double({ min: 0, max: 1 }), zoom: fc.double({ min: 1, max: 64 }) })
  .map((one): Camera => within({ ...one, follow: false }));
const points = fc.tuple(fc.double({ min: 0, max: 900, noNaN: true }), fc.double({ min: 0, max: 400, noNaN: true }));

describe('a camera', () => {
  it('shows the whole town at first', () => {
    expect(project(whole, box, [123, 45])).toEqual([123, 45]);
  });

  it('finds the point of the town under a point of the picture', () => {
    fc.assert(
      fc.property(cameras, points, (camera, at) => {
        const [x, y] = project(camera, box, unproject(camera, box, at as Point));
        expect(Math.hypot(x - at[0], y - at[1])).toBeLessThan(1e-6);
      }),
    );
  });

  it('keeps the point under the pointer where it is when it zooms in', () => {
    const before = within({ x: 0.4, y: 0.6, zoom: 3, follow: false });
    const at: Point = [700, 100];
    const after = zoomed(before, box, 2, at);
    expect(after.zoom).toBe(6);
    const [x, y] = project(after, box, unproject(before, box, at));
    expect(Math.hypot(x - 700, y - 100)).toBeLessThan(1e-9);
  });

  it('never shows what lies beyond the town, whatever it is told', () => {
    const wild = fc.double({ min: -1e6, max: 1e6 });
    fc.assert(
      fc.property(wild, wild, wild, (x, y, zoom) => {
        const camera = within({ x, y, zoom, follow: false });
        expect(camera.zoom).toBeGreaterThanOrEqual(1);
        expect(camera.zoom).toBeLessThanOrEqual(MOST_ZOOM);
        const [left, top] = unproject(camera, box, [0, 0]);
        const [right, bottom] = unproject(camera, box, [900, 400]);
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(-1e-9);
        expect(right).toBeLessThanOrEqual(900 + 1e-9);
        expect(bottom).toBeLessThanOrEqual(400 + 1e-9);
      }),
    );
    expect(within({ x: Number.NaN, y: 0.5, zoom: Number.NaN, follow: false })).toEqual(whole);
  });

  it('moves with the hand, and lets go of whom it followed', () => {
    const before = { ...within({ x: 0.5, y: 0.5, zoom: 4, follow: false }), follow: true };
    const after = panned(before, box, 36, 0);
    expect(after).toEqual({ x: 0.49, y: 0.5, zoom: 4, follow: false });
    expect(centred(before, box, [450, 100])).toEqual({ x: 0.5, y: 0.25, zoom: 4, follow: true });
  });
});
